"""cdk-nag's AwsSolutions rules for the constructs, and the acknowledged findings, each by its exact id."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import cdk_nag

from partitioned_pipelines.lake.key_layout import receipts_prefix
from partitioned_pipelines.spec.derived.job import job_stem
from tests.iam.expected_permissions import PROJECTED, READ, REPAIRED, SKIPS, TABLES, UNREGISTERED, WRITES_INTERMEDIATES

if TYPE_CHECKING:
    import aws_cdk as cdk

    from partitioned_pipelines.spec import Pipeline
    from tests.synthesized.synthesis import Synthesis

Finding = tuple[str, str]
"""Path of the resource below its stack, and the rule's id."""

_ROLE_POLICY = re.compile(r"/(DefaultPolicy|OverflowPolicy\d+)/")
_PREFIX = "the keys below a prefix can be named only by a pattern, and the prefix is this pipeline's own"
_STAR = "these actions know no resource: ECR's token, CloudWatch's metrics (bound to a namespace), log delivery, X-Ray, EC2's Describe"
_PROCESSING, _MACHINE = "Processing/Role/Policy/Resource", "Workflow/StateMachine/Role/Policy/Resource"
_BACKFILL = "Backfill/StateMachine/Role/Policy/Resource"
_NOTIFY = "Notices/Notify/Role/Policy/Resource"
_PLANNER, _REGISTRAR = "Planner/PlanRun", "Registrar/RegisterPartitions"

_NO_LOGS = "access logs are an option: CloudTrail's data events tell who read what, without a second bucket"
_OF_ALL_PIPELINES = "it reads the same of every pipeline of the deployment: their names begin with its prefix, and 200 do not fit into a policy"
_DATA_ACCESS = "lakeformation:GetDataAccess knows no resource: Lake Formation decides by its own permissions"


def lake_acknowledged(synthesis: Synthesis) -> dict[Finding, str]:
    """Return the acknowledged findings of the lake's stack, with their reasons."""
    options = synthesis.options
    found = _watch_acknowledged(synthesis)
    if options.bucket is None and options.access_logs is None:
        found["Lake/Bucket/Resource", "AwsSolutions-S1"] = _NO_LOGS
    if options.redshift:
        if options.lake_formation == "location":
            found["Redshift/Role/DataAccess/Resource", "AwsSolutions-IAM5[Resource::*]"] = _DATA_ACCESS
        for pipeline in synthesis.pipelines:
            for database, table, layout in TABLES[pipeline]:
                folder = "output" if layout == "in_place" else "runs"
                place = f"arn:<AWS::Partition>:s3:::<lake>/tables/{database}/{table}/{folder}/*"
                rule = f"AwsSolutions-IAM5[Resource::{place}]"
                found["Redshift/Role/Policy/Resource", rule] = _PREFIX
    return found


def _watch_acknowledged(synthesis: Synthesis) -> dict[Finding, str]:
    """Return the acknowledged findings of the watch, which reads what all pipelines of the deployment have in common."""
    databases = {
        database: {table for each in synthesis.pipelines for other, table, _ in TABLES[each] if other == database}
        for name in synthesis.pipelines
        for database, _, _ in TABLES[name]
    }
    account = "<AWS::Region>:<AWS::AccountId>"
    orchestrators = {pipeline.orchestrator for pipeline in synthesis.project.pipelines}
    resources = [f"s3:::<lake>/tables/{database}/*/receipts/*" for database in databases]
    resources += [f"glue:{account}:table/{name}/*" for name, tables in databases.items() if tables - PROJECTED]
    resources.append(f"scheduler:{account}:schedule/pipelines-*/pipelines-*")
    if "step_functions" in orchestrators:
        resources += [f"states:{account}:{kind}" for kind in ("stateMachine:pipelines-*", "execution:pipelines-*:*")]
    if "sagemaker_pipelines" in orchestrators:
        resources += [f"sagemaker:{account}:pipeline/pipelines-*{rest}" for rest in ("", "/execution/*")]
    return {
        (
            "Freshness/Watch/Role/Policy/Resource",
            f"AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:{resource}]",
        ): _OF_ALL_PIPELINES
        for resource in resources
    }


def findings(synthesis: Synthesis, stack: cdk.Stack) -> set[Finding]:
    """Return the findings of a stack."""
    report = cdk_nag.AwsSolutionsChecks(synthesis.app).validate_scope(stack)
    return {
        (
            # A role may have several policies: ours, the CDK's default policy, and overflow policies.
            _ROLE_POLICY.sub("/Policy/", str(resource.construct_path).removeprefix(f"{stack.node.path}/")),
            _without_hashes(violation.rule_name, synthesis, stack),
        )
        for violation in report.violations
        for resource in violation.violating_resources
    }


def acknowledged(pipeline: Pipeline, lake_formation: str | None = None) -> dict[Finding, str]:
    """Return the acknowledged findings of a pipeline's stack, with their reasons."""
    name = pipeline.name
    found: dict[Finding, str] = {}

    def add(place: str, resource: str, reason: str) -> None:
        found[place, f"AwsSolutions-IAM5[Resource::{resource}]"] = reason

    for prefix in READ[name]:
        bucket, _, key = prefix.rpartition(":")
        add(_PROCESSING, f"arn:<AWS::Partition>:s3:::{bucket or '<lake>'}/{key}*", _PREFIX)
    add(
        _PROCESSING,
        "arn:<AWS::Partition>:s3:::<assets>/<tree hash>.files/*",
        "the prefix holds this pipeline's scripts alone",
    )
    if pipeline.network is not None:
        ec2 = "arn:<AWS::Partition>:ec2:<AWS::Region>"
        shared = "the id is unique everywhere; a subnet that another account shares has that account in its ARN"
        for subnet in pipeline.network.subnets:
            add(_PROCESSING, f"{ec2}:*:subnet/{subnet}", shared)
        for group in pipeline.network.security_groups:
            add(_PROCESSING, f"{ec2}:*:security-group/{group}", shared)
        made = "an interface has its id when SageMaker has made it; the pipeline's subnets are a condition"
        add(_PROCESSING, f"{ec2}:<AWS::AccountId>:network-interface/*", made)
    if name in WRITES_INTERMEDIATES:
        add(_PROCESSING, f"arn:<AWS::Partition>:s3:::<lake>/intermediates/{name}/*", _PREFIX)
    for database, table, layout in TABLES[name]:
        place = f"arn:<AWS::Partition>:s3:::<lake>/tables/{database}/{table}"
        add(_PROCESSING, f"{place}/{'output' if layout == 'in_place' else 'runs'}/*", _PREFIX)
        if table in UNREGISTERED.get(name, set()):
            continue
        registrar = f"{_REGISTRAR}/Role/Policy/Resource"
        add(registrar, f"{place}/*", _PREFIX)
        add(registrar, f"arn:<AWS::Partition>:s3:::<lake>/{receipts_prefix(database, table)}*", _PREFIX)
        if layout == "in_place":
            add(registrar, f"{place}/output/*", _PREFIX)
    add(_PROCESSING, "*", _STAR)
    add(_MACHINE, "*", _STAR)
    add(_BACKFILL, "*", _STAR)
    add(_BACKFILL, f"arn:<AWS::Partition>:s3:::<lake>/backfills/{name}/*", _PREFIX)
    states = "arn:<AWS::Partition>:states:<AWS::Region>:<AWS::AccountId>:execution"
    machine = name.replace("_", "-")
    for executions in (f"{machine}_backfill:*", f"{machine}_backfill/*", f"{machine}:*"):
        add(_BACKFILL, f"{states}:pipelines-{executions}", "executions have names of their own, behind their machine's")
    logs = "arn:<AWS::Partition>:logs:<AWS::Region>:<AWS::AccountId>:log-group:/aws/sagemaker/ProcessingJobs:*"
    add(_PROCESSING, logs, "SageMaker names the streams of this one log group after each job")
    claims = f"arn:<AWS::Partition>:s3:::<lake>/locks/{name}/scheduled/*"
    add(f"{_PLANNER}/Role/Policy/Resource", claims, _PREFIX)
    receipts = [
        receipts_prefix(database, table)
        for database, table, _ in TABLES[name]
        if table not in UNREGISTERED.get(name, set())
    ]
    for prefix in receipts[:1]:
        resource = f"arn:<AWS::Partition>:s3:::<lake>/{prefix}inputs/*"
        add(
            f"{_PLANNER}/Role/Policy/Resource",
            resource,
            "each run has records of its own, and no receipt is among them",
        )
    if name in SKIPS:
        for database, table, _ in TABLES[name]:
            marks = f"arn:<AWS::Partition>:s3:::<lake>/{receipts_prefix(database, table)}intervals/*.skipped.*"
            add(f"{_PLANNER}/Role/Policy/Resource", marks, "each skipped run leaves a mark named after its interval")
    if pipeline.read_tables:
        manifests = f"arn:<AWS::Partition>:s3:::<lake>/intermediates/{name}/*/manifests/*"
        for place in (_PROCESSING, f"{_PLANNER}/Role/Policy/Resource"):
            add(place, manifests, "each run has manifests of its own, below the pipeline's own prefix")
    if name in REPAIRED and lake_formation == "location":
        place = "Workflow/StateMachine/Role/DataAccess/Resource"
        found[place, "AwsSolutions-IAM5[Resource::*]"] = _DATA_ACCESS
    if name in REPAIRED:
        for database, table in REPAIRED[name]:
            add(_MACHINE, f"arn:<AWS::Partition>:s3:::<lake>/tables/{database}/{table}/output/*", _PREFIX)
        add(
            _MACHINE,
            "arn:<AWS::Partition>:s3:::<lake>/athena-results/*",
            "Athena names each query's result after its id",
        )
    add(_NOTIFY, f"{states}:pipelines-{machine}:*", "executions have names of their own, behind their machine's")
    add(_NOTIFY, logs, "the names of streams can be listed for a whole log group only, and all jobs share one")
    for step in pipeline.steps:
        stream = f"{logs.removesuffix(':*')}:log-stream:{job_stem(name, step.name)}-*"
        add(_NOTIFY, stream, "SageMaker names a job's streams after the job, which begins with the step's stem")
        jobs = f"processing-job/{job_stem(name, step.name)}-*"
        resource = f"arn:<AWS::Partition>:sagemaker:<AWS::Region>:<AWS::AccountId>:{jobs}"
        add(_MACHINE, resource, "each attempt's job has a name of its own, which begins with the step's stem")
    return found


def _without_hashes(rule: str, synthesis: Synthesis, stack: cdk.Stack) -> str:
    """Return a rule with generated names replaced by their role, so that the record contains no logical id and no hash."""
    lake = synthesis.lake
    rule = rule.replace("<LakeBucketName>", "<lake>")
    for logical_id, resource in synthesis.template(lake)["Resources"].items():
        if resource["Type"] == "AWS::S3::Bucket":
            rule = rule.replace(f":::<{logical_id}>/tables/", ":::<lake>/tables/")
    if given := synthesis.options.bucket:
        rule = rule.replace(f":::{given}/", ":::<lake>/")
    rule = rule.replace("cdk-hnb659fds-assets-<AWS::AccountId>-<AWS::Region>", "<assets>")
    for key in synthesis.asset_manifest(stack)["files"]:
        if "/" in key:
            rule = rule.replace(key.partition("/")[0].removesuffix(".files"), "<tree hash>")
    for logical_id, resource in synthesis.template(stack)["Resources"].items():
        if resource["Type"] == "AWS::Lambda::Function":
            folder = resource["Properties"]["Handler"].split(".")[1]
            rule = rule.replace(f"<{logical_id}.Arn>", f"<{''.join(map(str.capitalize, folder.split('_')))}.Arn>")
    return rule
