"""How fast the book's networks train, beside others: `make bench` measures, prints and writes."""
