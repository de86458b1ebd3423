"""The stacks of pipelines that SageMaker Pipelines run, beside those of the same pipelines under Step Functions."""

import importlib.util
import json
import re
from pathlib import Path
from typing import Any

import pytest

from partitions.interval import parse_scheduled_time
from partitions.lambda_step import MOST_OUTPUTS, registration_event
from partitions.requests import RegistrationRequest
from pipeline_spec import job_stem
from tests.judges import linters, security_review
from tests.judges.dry_run import dry_run
from tests.judges.every_option import write_every_option_project
from tests.judges.fixtures import LOCKED_DOWN_CONTEXT
from tests.judges.intrinsics import ACCOUNT, REGION
from tests.judges.pipeline_walk import EXECUTION_ID, walk_pipeline
from tests.judges.resolved_stack import ResolvedStack
from tests.judges.service_model import request_findings
from tests.judges.subject import filled_s3
from tests.judges.synthesis import Synthesis, synthesize

PIPELINES = ["everything", "by_hand", "kinds"]
DATE = "2021-12-15"
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}")
_RUN_ID = re.compile(r"\d{8}T\d{6}Z-[0-9a-f]{8}")

pytestmark = [
    pytest.mark.heavy,
    pytest.mark.skipif(
        importlib.util.find_spec("sagemaker") is None, reason="needs the extra: pip install '.[sagemaker]'"
    ),
]


def _synthesize(folder: Path, orchestrator: str) -> Synthesis:
    """Every option and every kind of step that both orchestrators have, with a key and encrypted traffic."""
    project = write_every_option_project(folder / "project")
    for path in (project / "pipelines").glob("*.yaml"):
        document = json.loads(path.read_text(encoding="utf-8"))
        document["orchestrator"] = orchestrator
        for step in document["steps"]:
            step.pop("retries", None)
        for table in document.get("tables", []):
            if table.get("registration") == "msck":
                del table["registration"]
        path.write_text(json.dumps(document), encoding="utf-8")
        if document["name"] not in PIPELINES:
            path.unlink()
    return synthesize(project, folder / "cdk.out", LOCKED_DOWN_CONTEXT)


@pytest.fixture(scope="module")
def by_pipelines(tmp_path_factory: pytest.TempPathFactory) -> Synthesis:
    return _synthesize(tmp_path_factory.mktemp("by_pipelines"), "sagemaker_pipelines")


@pytest.fixture(scope="module")
def by_step_functions(tmp_path_factory: pytest.TempPathFactory) -> Synthesis:
    return _synthesize(tmp_path_factory.mktemp("by_step_functions"), "step_functions")


def definition_of(stack: ResolvedStack) -> dict[str, Any]:
    body = stack.only("AWS::SageMaker::Pipeline")["PipelineDefinition"]["PipelineDefinitionBody"]
    definition: dict[str, Any] = json.loads(body)
    return definition


def comparable(request: dict[str, Any]) -> Any:
    """Leave out what is new in each execution, and what a request says by saying nothing."""
    kept = {name: value for name, value in request.items() if name != "ProcessingJobName"}
    if "NetworkConfig" in kept:
        kept["NetworkConfig"] = {"EnableNetworkIsolation": False, **kept["NetworkConfig"]}
    text = json.dumps(kept, sort_keys=True).replace(EXECUTION_ID, "<new>")
    return json.loads(_RUN_ID.sub("<run>", _UUID.sub("<new>", text)))


@pytest.mark.parametrize("name", PIPELINES)
def test_both_orchestrators_ask_for_the_same_jobs(
    name: str, by_pipelines: Synthesis, by_step_functions: Synthesis
) -> None:
    given = walk_pipeline(definition_of(by_pipelines.resolved(name)), filled_s3(), DATE)
    machine = by_step_functions.resolved(name).definition
    jobs = {request.state: request for request in dry_run(machine, filled_s3(), {"date": DATE}) if request.is_job}
    assert set(jobs) == {step.name for step in by_pipelines.pipeline(name).steps}
    for step, job in jobs.items():
        assert comparable(given[step]) == comparable(job.parameters)
        assert request_findings("sagemaker", "CreateProcessingJob", given[step]) == []
        assert given[step]["ProcessingJobName"] == job_stem(name, step)


@pytest.mark.parametrize("name", PIPELINES)
def test_each_table_is_registered_from_its_own_step(name: str, by_pipelines: Synthesis) -> None:
    pipeline = by_pipelines.pipeline(name)
    given = walk_pipeline(definition_of(by_pipelines.resolved(name)), filled_s3(), DATE)
    requests = {}
    for step, arguments in given.items():
        if step.startswith("RegisterPartitions"):
            created = parse_scheduled_time("2021-12-15T21:10:00Z")
            request = RegistrationRequest.from_event(registration_event(arguments, created))
            assert request.shared_by_attempts
            requests[request.table.full_name] = (request, arguments)
    assert set(requests) == {table.qualified_name for table in pipeline.tables if table.registration == "lambda"}
    for table in pipeline.tables:
        if table.registration == "lambda":
            request, arguments = requests[table.qualified_name]
            assert arguments["processing_job_arn"].partition("/")[2].startswith(job_stem(name, table.source.step))
            assert request.require_success_marker == pipeline.step(table.source.step).is_spark
            outputs = given[table.source.step]["ProcessingOutputConfig"]["Outputs"]
            (written,) = (entry for entry in outputs if entry["OutputName"] == table.source.output)
            assert request.root.uri == written["S3Output"]["S3Uri"]


@pytest.mark.parametrize("name", PIPELINES)
def test_steps_wait_for_what_they_need_and_for_nothing_else(name: str, by_pipelines: Synthesis) -> None:
    plan, condition = definition_of(by_pipelines.resolved(name))["Steps"]
    assert len(plan["OutputParameters"]) <= MOST_OUTPUTS
    assert condition["Arguments"]["ElseSteps"] == []
    (equals,) = condition["Arguments"]["Conditions"]
    assert (equals["LeftValue"], equals["RightValue"]) == (
        {"Get": "Steps.PlanRun.OutputParameters['outcome']"},
        "run",
    )
    for step in condition["Arguments"]["IfSteps"]:
        if step["Type"] == "Processing":
            spec = by_pipelines.pipeline(name).step(step["Name"])
            referred = set(re.findall(r"Steps\.([a-z0-9_]+)\.", json.dumps(step["Arguments"])))
            assert referred == {source.step for source in spec.step_inputs.values()}
            assert step.get("DependsOn", []) == list(spec.needs)
            retried = {kind for policy in step["RetryPolicies"] for kind in policy["ExceptionType"]}
            assert "SageMaker.JOB_INTERNAL_ERROR" not in retried  # it may have written to the prefix


@pytest.mark.parametrize("name", PIPELINES)
def test_linters_find_nothing(name: str, by_pipelines: Synthesis) -> None:
    resolved = by_pipelines.resolved(name)
    assert linters.cfn_lint(resolved) == []
    assert linters.parliament(resolved) == []


@pytest.mark.parametrize("name", PIPELINES)
def test_the_role_may_do_what_the_definition_names(name: str, by_pipelines: Synthesis) -> None:
    resolved, pipeline = by_pipelines.resolved(name), by_pipelines.pipeline(name)
    role = resolved.role_of("sagemaker.amazonaws.com", description="Executions of")
    (trust,) = role["AssumeRolePolicyDocument"]["Statement"]
    assert trust["Condition"] == {"StringEquals": {"aws:SourceAccount": ACCOUNT}}
    definition = json.dumps(definition_of(resolved))
    functions = set(re.findall(r'"FunctionArn": "([^"]+)"', definition))
    (processing,) = set(re.findall(r'"RoleArn": "([^"]+)"', definition))
    jobs = {
        f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:processing-job/{job_stem(name, step.name)}-*" for step in pipeline.steps
    }
    rights = {
        (action, resource): statement.get("Condition", {})
        for statement in resolved.statements_of(role)
        for action in statement["Action"]
        for resource in statement["Resource"]
    }
    calls = ("AddTags", "CreateProcessingJob", "DescribeProcessingJob", "StopProcessingJob")
    assert rights == {
        ("iam:PassRole", processing): {"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}},
        **{("lambda:InvokeFunction", function): {} for function in functions},
        **{(f"sagemaker:{call}", job): {} for call in calls for job in jobs},
    }


def test_the_clock_starts_the_pipeline_with_the_planned_time(by_pipelines: Synthesis) -> None:
    resolved = by_pipelines.resolved("everything")
    target = resolved.only("AWS::Scheduler::Schedule")["Target"]
    assert target["Arn"] == "arn:aws:scheduler:::aws-sdk:sagemaker:startPipelineExecution"
    call = json.loads(target["Input"])
    assert call["PipelineName"] == resolved.only("AWS::SageMaker::Pipeline")["PipelineName"]
    assert call["PipelineParameters"] == [{"Name": "scheduled_time", "Value": "<aws.scheduler.scheduled-time>"}]
    filled_in = json.loads(target["Input"].replace("<aws.scheduler.execution-id>", "d" * 36))
    assert request_findings("sagemaker", "StartPipelineExecution", filled_in) == []
    role = resolved.role_of("scheduler.amazonaws.com")
    started = [
        statement["Resource"]
        for statement in resolved.statements_of(role)
        if statement["Action"] == ["sagemaker:StartPipelineExecution"]
    ]
    arn = f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:pipeline/{call['PipelineName']}"
    assert started == [[arn]]
    pattern = resolved.only("AWS::Events::Rule")["EventPattern"]
    assert pattern["detail"] == {"currentPipelineExecutionStatus": ["Failed", "Stopped"], "pipelineArn": [arn]}


@pytest.mark.parametrize("name", PIPELINES)
def test_the_security_review_finds_what_it_finds_of_the_state_machine(
    name: str, by_pipelines: Synthesis, by_step_functions: Synthesis
) -> None:
    """And two things more: the role is another one, and the registrar asks when a job was created."""
    ours = security_review.findings(by_pipelines, by_pipelines.pipelines[name])
    theirs = security_review.findings(by_step_functions, by_step_functions.pipelines[name])
    jobs = {rule for place, rule in theirs if place.startswith("Workflow/") and ":processing-job/" in rule}
    sources = {table.source.step for table in by_pipelines.pipeline(name).tables if table.registration == "lambda"}
    asked = {rule for rule in jobs if any(f"/{job_stem(name, source)}-*" in rule for source in sources)}
    expected = {(place, rule) for place, rule in theirs if not place.startswith("Workflow/")}
    expected |= {("Workflow/Role/Policy/Resource", rule) for rule in jobs}
    expected |= {("Registrar/RegisterPartitions/Role/Policy/Resource", rule) for rule in asked}
    assert ours == expected


def written(synthesis: Synthesis, name: str) -> list[dict[str, Any]]:
    """Give the SageMaker pipeline as the template has it."""
    resources = synthesis.template(synthesis.pipelines[name])["Resources"].values()
    return [resource for resource in resources if resource["Type"] == "AWS::SageMaker::Pipeline"]


def test_the_same_project_gives_the_same_bytes(by_pipelines: Synthesis, tmp_path: Path) -> None:
    again = _synthesize(tmp_path, "sagemaker_pipelines")
    for name in PIPELINES:
        assert len(written(again, name)) == 1
        assert written(again, name) == written(by_pipelines, name)
