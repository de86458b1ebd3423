# %% [markdown]
# # Run a pipeline's script from a notebook
# Runs the same file as the pipeline, with the deployed bucket, role and image. Each `# %%` is a cell for Jupyter and VS Code. To run it as
# a script: `python examples/notebook/feature_table.py 2021-12-15`.

# %%
import json
import os
import sys
import tempfile
from pathlib import Path

# Turn off the SDK's telemetry, and the search for credentials of an EC2 instance.
options = Path(tempfile.mkdtemp()) / "config.yaml"
telemetry = {"Modules": {"TelemetryOptOut": True}}
options.write_text(json.dumps({"SchemaVersion": "1.0", "SageMaker": {"PythonSDK": telemetry}}), encoding="utf-8")
os.environ.setdefault("SAGEMAKER_USER_CONFIG_OVERRIDE", str(options))
os.environ.setdefault("AWS_EC2_METADATA_DISABLED", "true")

import boto3  # noqa: E402 - after the environment is set
from sagemaker.core.helper.session_helper import Session  # noqa: E402
from sagemaker.core.processing import ScriptProcessor  # noqa: E402
from sagemaker.core.shapes import (  # noqa: E402
    ProcessingInput,
    ProcessingOutput,
    ProcessingS3Input,
    ProcessingS3Output,
)

day = sys.argv[1] if len(sys.argv) > 1 and sys.argv[1][:1].isdigit() else "2021-12-15"

# %% Outputs of the stacks: the bucket, and the role and image of the pipeline's jobs.
cloudformation = boto3.client("cloudformation")


def outputs(stack: str) -> dict[str, str]:
    """Read the outputs of a deployed stack."""
    described = cloudformation.describe_stacks(StackName=stack)["Stacks"][0]
    return {output["OutputKey"]: output["OutputValue"] for output in described["Outputs"]}


lake = outputs("pipelines-data-lake")["LakeBucketName"]
pipeline = outputs("pipelines-feature-table")

# %% The day's extract, as the pipeline's first step would write it: one file, below a prefix that you choose.
root = f"s3://{lake}/intermediates/feature_table/notebook"
script = Path("processing_scripts/feature_table/transform.py")
boto3.client("s3").upload_file(
    "examples/feature_table/raw.csv", lake, "intermediates/feature_table/notebook/extract/extract.csv"
)

# %% The job. The script uses the same folders as in the pipeline.
processor = ScriptProcessor(
    image_uri=pipeline["StepImageUriTransform"],
    role=pipeline["ProcessingRoleArn"],
    command=["python3"],
    instance_type="ml.t3.medium",
    instance_count=1,
    base_job_name="feature-table-notebook",
    env={"PROCESS_DATE": day},
    sagemaker_session=Session(
        boto_session=boto3.Session(), default_bucket=lake, default_bucket_prefix="intermediates/feature_table/notebook"
    ),
)
processor.run(
    code=str(script),
    inputs=[
        ProcessingInput(
            input_name="extract",
            s3_input=ProcessingS3Input(
                s3_uri=f"{root}/extract/",
                local_path="/opt/ml/processing/input/extract",
                s3_data_type="S3Prefix",
                s3_input_mode="File",
            ),
        )
    ],
    outputs=[
        ProcessingOutput(
            output_name="transform",
            s3_output=ProcessingS3Output(
                s3_uri=f"{root}/transform/", local_path="/opt/ml/processing/output", s3_upload_mode="EndOfJob"
            ),
        )
    ],
    wait=True,
    logs=True,
)

# %% The job's output. It is not in the table: only a run of the pipeline registers partitions.
for item in boto3.client("s3").list_objects_v2(Bucket=lake, Prefix="intermediates/feature_table/notebook/transform/")[
    "Contents"
]:
    print(f"s3://{lake}/{item['Key']}")
