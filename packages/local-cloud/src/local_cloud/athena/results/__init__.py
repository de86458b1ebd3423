"""Results of statements: values, columns, the file in S3 and its pages."""
