"""What the book claims and how it is held to it."""
