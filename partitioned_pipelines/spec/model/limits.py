"""The quotas of AWS and the longest names: each number once, for the model, its schema and the checks."""

from __future__ import annotations

from partitioned_pipelines.lake.runs.run_facts import GIVEN_ENVIRONMENT

# Of one processing job: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateProcessingJob.html
MOST_INPUTS = 10
MOST_OUTPUTS = 10
MOST_ARGUMENTS = 100
MOST_VARIABLES = 100
MOST_ENVIRONMENT = MOST_VARIABLES - len(GIVEN_ENVIRONMENT)
# https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ProcessingStoppingCondition.html
LONGEST_TIMEOUT_MINUTES = 12_960
LONGEST_ARGUMENT = 256
LONGEST_VARIABLE = 256
LONGEST_LOCAL_PATH = 256
LONGEST_URI = 1024
# https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_VpcConfig.html
MOST_SUBNETS = 16
MOST_SECURITY_GROUPS = 5

LARGEST_OFFSET = 3660  # ten years of days; PlanRun counts them one by one

LONGEST_PIPELINE = 40  # `<prefix>-<name>` names the stack, the schedule (64) and the log group
LONGEST_PREFIX = 20  # the same
LONGEST_STEP = 64  # a state's name has at most 80 characters; inputs and outputs have no longer names than steps

# https://docs.aws.amazon.com/glue/latest/dg/aws-glue-api-catalog-tables.html
LONGEST_GLUE_NAME = 255
LONGEST_COMMENT = 255  # of a column or key
LONGEST_DESCRIPTION = 2048  # of a table

# Of the template of a rule's input, 8,192, what is left for the tables that a pipeline waits for:
# https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_InputTransformer.html
LONGEST_AWAITED = 5000
LONGEST_NOTICE_TABLES = 6500  # the same, for the tables of a pipeline whose runs are reported
