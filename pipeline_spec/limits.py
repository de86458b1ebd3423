"""How much SageMaker takes in one processing job.

https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateProcessingJob.html
"""

from __future__ import annotations

from pipeline_spec.names import GIVEN_ENVIRONMENT

MOST_INPUTS = 9  # of ten: the script's folder is one
MOST_OUTPUTS = 10
MOST_ARGUMENTS = 100
MOST_ENVIRONMENT = 100 - len(GIVEN_ENVIRONMENT)
LONGEST_ARGUMENT = 256
LONGEST_LOCAL_PATH = 256
