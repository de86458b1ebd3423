"""What runs inside the Lambda functions. Clients are handed in; nothing but the standard library is imported."""
