"""The code that runs inside the Lambda functions. It receives its clients as arguments and uses only the standard library."""
