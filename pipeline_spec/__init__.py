"""The typed model of a pipeline file, its validation and its error messages."""

from pipeline_spec.job_stem import job_stem
from pipeline_spec.model import (
    Column,
    DockerfileImage,
    Instance,
    PartitionKey,
    Pipeline,
    Schedule,
    Step,
    StepInput,
    Table,
    TableSource,
    UriImage,
)
from pipeline_spec.payloads import glue_table_input, lease_key, plan_run_spec, register_table, table_prefix
from pipeline_spec.problems import InvalidProjectError, Problem, UnknownPipelineError
from pipeline_spec.project import Project, load_project
from pipeline_spec.s3_access import InputPrefix, input_prefix, output_prefix, output_template

__all__ = [
    "Column",
    "DockerfileImage",
    "InputPrefix",
    "Instance",
    "InvalidProjectError",
    "PartitionKey",
    "Pipeline",
    "Problem",
    "Project",
    "Schedule",
    "Step",
    "StepInput",
    "Table",
    "TableSource",
    "UnknownPipelineError",
    "UriImage",
    "glue_table_input",
    "input_prefix",
    "job_stem",
    "lease_key",
    "load_project",
    "output_prefix",
    "output_template",
    "plan_run_spec",
    "register_table",
    "table_prefix",
]
