"""What runs a pipeline's steps: Step Functions, or SageMaker Pipelines."""
