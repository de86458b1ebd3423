"""JSON documents, and functions and paths of them."""
