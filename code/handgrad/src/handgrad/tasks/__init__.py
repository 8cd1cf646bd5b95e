"""What the assigned notebooks import: numbers of a student's own, and tests that name the mistake."""
