"""Functions of numbers, and numbers as text."""
