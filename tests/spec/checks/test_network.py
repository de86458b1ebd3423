"""Tests of a pipeline's network, its isolation, and its steps' secrets: accepted values, and errors."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from partitioned_pipelines.spec import plan_run_spec
from tests.spec.project_folder import spoiled

if TYPE_CHECKING:
    from tests.spec.project_folder import ProjectFolder

ARN = "arn:aws:secretsmanager:ap-northeast-1:123456789012:secret:warehouse/reader-a1B2c3"
SUBNET, GROUP = "subnet-0123456789abcdef0", "sg-89abcdef"


def with_network(network: str) -> str:
    return spoiled("image: {dockerfile", f"network: {network}\nimage: {{dockerfile")[0]


def with_secrets(secrets: str, *, isolated: bool = False) -> str:
    text = spoiled("    environment:\n", f"    secrets: {secrets}\n    environment:\n")[0]
    return text.replace("image: {", "network_isolation: true\nimage: {", 1) if isolated else text


def test_ids_are_taken_as_they_stand(project: ProjectFolder) -> None:
    network = project.load(with_network(f"{{subnets: [{SUBNET}], security_groups: [{GROUP}]}}")).network
    assert network is not None
    assert (network.subnets, network.security_groups) == ((SUBNET,), (GROUP,))


def many(kind: str, count: int) -> str:
    return "[" + ", ".join(f"{kind}-{number:08x}" for number in range(count)) + "]"


def test_as_many_as_sagemaker_takes(project: ProjectFolder) -> None:
    assert project.load(with_network(f"{{subnets: {many('subnet', 16)}, security_groups: {many('sg', 5)}}}")).network


@pytest.mark.parametrize(
    ("network", "field", "says"),
    [
        (f"{{subnets: [{SUBNET}]}}", "network.security_groups", "is missing"),
        (f"{{subnets: [], security_groups: [{GROUP}]}}", "network.subnets", "write at least one"),
        (f"{{subnets: {many('subnet', 17)}, security_groups: [{GROUP}]}}", "network.subnets", "16"),
        (f"{{subnets: [{SUBNET}], security_groups: {many('sg', 6)}}}", "network.security_groups", "5"),
        (f"{{subnets: [subnet-1], security_groups: [{GROUP}]}}", "network.subnets[0]", "use an id such as 'subnet-0"),
        (f"{{subnets: [{GROUP}], security_groups: [{GROUP}]}}", "network.subnets[0]", "use an id such as 'subnet-0"),
        (f"{{subnets: [{SUBNET}], security_groups: [default]}}", "network.security_groups[0]", "such as 'sg-0"),
        (f'{{subnets: ["{SUBNET}\\n"], security_groups: [{GROUP}]}}', "network.subnets[0]", "use an id"),
        (f"{{subnets: [{SUBNET}, {SUBNET}], security_groups: [{GROUP}]}}", "network.subnets[1]", "a second time"),
    ],
)
def test_a_network_that_is_none(project: ProjectFolder, network: str, field: str, says: str) -> None:
    problem = project.only_problem_of(with_network(network))
    assert problem.field == field
    assert says in problem.message


def test_the_script_gets_the_arn_under_the_name(project: ProjectFolder) -> None:
    pipeline = project.load(with_secrets(f"{{DB_PASSWORD: {ARN}}}"))
    assert plan_run_spec(pipeline)["steps"][1]["environment"] == {"LOG_LEVEL": "INFO", "DB_PASSWORD": ARN}


@pytest.mark.parametrize(
    ("secrets", "field", "says"),
    [
        ("{DB: hunter2}", "DB", "is not a secret's complete ARN"),
        (f"{{DB: {ARN.rpartition('-')[0]}}}", "DB", "six characters"),
        (f"{{DB: {ARN.rpartition('-')[0]}-??????}}", "DB", "six characters"),
        ('{DB: "arn:aws:secretsmanager:eu-west-1:123456789012:secret:*-a1B2c3"}', "DB", "six characters"),
        ("{DB: arn:aws:ssm:eu-west-1:123456789012:parameter/x-a1B2c3}", "DB", "arn:aws:secretsmanager:REGION"),
        (f'{{DB: "{ARN}\\n"}}', "DB", "complete ARN"),
        (f"{{DB: {ARN.replace('warehouse', 'w' * 200)}}}", "DB", "at most 256"),
        (f"{{LOG_LEVEL: {ARN}}}", "LOG_LEVEL", "is also in environment"),
        (f"{{RUN_ID: {ARN}}}", "RUN_ID", "is set by each run"),
        (f"{{DB-1: {ARN}}}", "DB-1", "is not a variable name"),
    ],
)
def test_a_secret_that_is_none(project: ProjectFolder, secrets: str, field: str, says: str) -> None:
    problem = project.only_problem_of(with_secrets(secrets))
    assert problem.field == f"steps[1].secrets.{field}"
    assert says in problem.message
    assert "hunter2" not in problem.message, "it may be the secret itself"


def test_secrets_and_variables_share_sagemaker_s_limit(project: ProjectFolder) -> None:
    secrets = "{" + ", ".join(f"S{number}: {ARN}" for number in range(95)) + "}"
    assert "SageMaker takes 100" in project.only_problem_of(with_secrets(secrets)).message


def test_without_a_network_no_secret_can_be_read(project: ProjectFolder) -> None:
    problem = project.only_problem_of(with_secrets(f"{{DB: {ARN}}}", isolated=True))
    assert problem.field == "steps[1].secrets"
    assert "neither a network nor credentials" in problem.message


def test_spark_needs_a_network(project: ProjectFolder) -> None:
    text = spoiled("image: {dockerfile: scripts/Dockerfile}", 'network_isolation: true\nimage: {spark: "3.5"}')[0]
    problems = project.problems_of(text)
    assert {problem.field for problem in problems} == {"image"}
    assert any("Spark writes to S3 itself" in problem.message for problem in problems)
