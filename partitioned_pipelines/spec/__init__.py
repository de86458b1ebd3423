"""The typed model of a pipeline file, its validation and its error messages."""

from partitioned_pipelines.spec.checks.deployment_check import prefix_problem
from partitioned_pipelines.spec.derived.function_specs import (
    lease_key,
    plan_output_name,
    plan_output_names,
    plan_run_spec,
    register_table,
    table_prefix,
)
from partitioned_pipelines.spec.derived.glue_table import glue_table_input
from partitioned_pipelines.spec.derived.job import job_stem
from partitioned_pipelines.spec.derived.redshift_sql import external_schema, group_problem
from partitioned_pipelines.spec.derived.s3_access import (
    EVENT_LOGS,
    InputPrefix,
    event_logs_prefix,
    fixed_folder,
    input_prefix,
    manifests_pattern,
    output_prefix,
    output_template,
    table_data_prefix,
    writes_event_logs,
)
from partitioned_pipelines.spec.derived.stack_mark import STACK_MARK, StackMark
from partitioned_pipelines.spec.derived.step_graph import dependencies, layers
from partitioned_pipelines.spec.files.deployment_file import (
    CONTEXT_NAMES,
    DEPLOYMENT_FILE,
    OVERRIDES,
    DeploymentFile,
    InvalidContextError,
    context_problems,
)
from partitioned_pipelines.spec.files.problems import InvalidProjectError, Problem, UnknownPipelineError
from partitioned_pipelines.spec.files.project import Project, load_project
from partitioned_pipelines.spec.files.project_files import ScriptFileError, script_files
from partitioned_pipelines.spec.model.deployment import CREATE, DEFAULT_GROUP, OWNER_PARAMETER, Deployment
from partitioned_pipelines.spec.model.pipeline import (
    Column,
    DockerfileImage,
    Image,
    Instance,
    PartitionKey,
    Pipeline,
    Schedule,
    SklearnImage,
    SparkImage,
    Step,
    StepInput,
    Table,
    TableInput,
    TableSource,
    UriImage,
    UriInput,
)
from partitioned_pipelines.spec.schedule.deployed_cron import deployed_cron

__all__ = [
    "CONTEXT_NAMES",
    "CREATE",
    "DEFAULT_GROUP",
    "DEPLOYMENT_FILE",
    "EVENT_LOGS",
    "OVERRIDES",
    "OWNER_PARAMETER",
    "STACK_MARK",
    "Column",
    "Deployment",
    "DeploymentFile",
    "DockerfileImage",
    "Image",
    "InputPrefix",
    "Instance",
    "InvalidContextError",
    "InvalidProjectError",
    "PartitionKey",
    "Pipeline",
    "Problem",
    "Project",
    "Schedule",
    "ScriptFileError",
    "SklearnImage",
    "SparkImage",
    "StackMark",
    "Step",
    "StepInput",
    "Table",
    "TableInput",
    "TableSource",
    "UnknownPipelineError",
    "UriImage",
    "UriInput",
    "context_problems",
    "dependencies",
    "deployed_cron",
    "event_logs_prefix",
    "external_schema",
    "fixed_folder",
    "glue_table_input",
    "group_problem",
    "input_prefix",
    "job_stem",
    "layers",
    "lease_key",
    "load_project",
    "manifests_pattern",
    "output_prefix",
    "output_template",
    "plan_output_name",
    "plan_output_names",
    "plan_run_spec",
    "prefix_problem",
    "register_table",
    "script_files",
    "table_data_prefix",
    "table_prefix",
    "writes_event_logs",
]
