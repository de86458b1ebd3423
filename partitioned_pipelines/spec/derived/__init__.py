"""What follows from a pipeline file: payloads of the functions, names of jobs, access to S3, the order of steps."""
