"""Where SageMaker writes the logs of processing jobs."""

LOG_GROUP = "/aws/sagemaker/ProcessingJobs"
"""The log group of all processing jobs of an account; the names of a job's streams begin with its name.

https://docs.aws.amazon.com/sagemaker/latest/dg/logging-cloudwatch.html
"""
