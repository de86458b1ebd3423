"""Tests of ``deployment.yaml``: its options, errors with file, line and field, and command line overrides."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft7Validator
from ruamel.yaml import YAML

from partitioned_pipelines.spec import (
    Deployment,
    InvalidContextError,
    InvalidProjectError,
    context_problems,
    load_project,
)
from partitioned_pipelines.spec.files.json_schema import (
    DEPLOYMENT_SCHEMA_FILE,
    build_deployment_schema,
    schema_text,
)
from tests.spec.project_folder import FILE, VALID
from tests.synthesized.synthesis import ROOT

if TYPE_CHECKING:
    from tests.spec.project_folder import ProjectFolder

KEY = "arn:aws:kms:eu-west-1:210987654321:key/1234abcd-12ab-34cd-56ef-1234567890ab"
MULTI_REGION_KEY = "arn:aws:kms:eu-west-1:123456789012:key/mrk-1234abcd12ab34cd56ef1234567890ab"
TOPIC = "arn:aws:sns:eu-west-1:123456789012:team"
QUEUE = "arn:aws:sqs:eu-west-1:123456789012:incidents"
BOUNDARY = "arn:aws:iam::123456789012:policy/team/boundary"
READING = (
    VALID.replace("name: features", "name: reader", 1)
    .replace("name: table1", "name: table2")
    .replace('raw: "s3://{lake}/raw/features/{process_date}/"', "raw: {table: analytics.table1}")
)


def options_of(project: ProjectFolder, text: str, **overrides: str) -> Deployment:
    project.write(VALID)
    project.write(text, "deployment.yaml")
    return load_project(project.root, overrides=overrides).deployment


@pytest.mark.parametrize(
    ("text", "line", "field", "says"),
    [
        ("", 1, "", "is empty: begin with `removal_policy:`"),
        ("- kms\n", 1, "", "holds a list: begin with keys"),
        ("kms: create\nkms: create\n", 2, "", "a second time"),
        ("# options\nkmz: create\n", 2, "kmz", "is not a key here: did you mean 'kms'?"),
        ("table: x\n", 1, "table", "is not a key here"),
        ("kms:\n", 1, "kms", "is empty"),
        ("prefix: Team\n", 1, "prefix", "is 'Team': use 1 to 20 lower-case letters"),
        (f"prefix: {'a' * 21}\n", 1, "prefix", "use 1 to 20"),
        ("prefix: a--b\n", 1, "prefix", "single hyphens"),
        ("prefix: aws-team\n", 1, "prefix", "reserved by Systems Manager"),
        ("account: 123456789012\n", 1, "account", "which YAML reads as a whole number: put it in quotes"),
        ("account: '1234'\n", 1, "account", "write the 12 digits"),
        ("region: Tokyo\n", 1, "region", "such as ap-northeast-1"),
        ("removal_policy: snapshot\n", 1, "removal_policy", "use 'retain' or 'destroy'"),
        ("permissions_boundary: boundary\n", 1, "permissions_boundary", "write the ARN of a managed policy"),
        ("permissions_boundary: arn:aws:iam::123456789012:role/x\n", 1, "permissions_boundary", "a managed policy"),
        (
            f"account: '210987654321'\npermissions_boundary: {BOUNDARY}\n",
            2,
            "permissions_boundary",
            "a policy of that account",
        ),
        (f"region: cn-north-1\npermissions_boundary: {BOUNDARY}\n", 2, "permissions_boundary", "arn:aws-cn:…"),
        ("kms: alias/ours\n", 1, "kms", "write create, or the ARN of a key"),
        ("kms: true\n", 1, "kms", "which YAML reads as true or false"),
        (f"region: eu-west-2\nkms: {KEY}\n", 2, "kms", "a key of that region"),
        ("assets_kms: create\n", 1, "assets_kms", "write the ARN of a key"),
        ("catalog_kms: alias/aws/glue\n", 1, "catalog_kms", "write the ARN of a key"),
        (f"region: us-east-1\ncatalog_kms: {KEY}\n", 2, "catalog_kms", "a key of that region"),
        ("lake_formation: true\n", 1, "lake_formation", "'catalog' or 'location'"),
        (f"former_kms: [{KEY}, x]\n", 1, "former_kms[1]", "write the ARN of a key"),
        ("bucket: s3://team-lake\n", 1, "bucket", "without s3://"),
        ("bucket: Team\n", 1, "bucket", "without s3://"),
        ("bucket: a..b\n", 1, "bucket", "without s3://"),
        ("access_logs: logs/\n", 1, "access_logs", "without s3://"),
        ("bucket: team-lake\nkms: create\n", 2, "kms", "an existing bucket has its own key"),
        (
            "bucket: team-lake\naccess_logs: create\n",
            2,
            "access_logs",
            "remove it, and turn on the bucket's access logs yourself",
        ),
        ("databases: outside\n", 1, "databases", "use a list"),
        ("databases: [Outside]\n", 1, "databases[0]", "write the name of a database"),
        (
            "databases:\n  - analytics\n  - analytic\n",
            3,
            "databases[1]",
            "which no table uses: did you mean 'analytics'?",
        ),
        ("database_suffix: -staging\n", 1, "database_suffix", "such as _staging"),
        (f"database_suffix: {'_a' * 126}\n", 1, "database_suffix", "at most 255"),
        ("encrypt_inter_container_traffic: 'yes'\n", 1, "encrypt_inter_container_traffic", "use true or false"),
        ("redshift: 1\n", 1, "redshift", "use true or false"),
        ("notify: team@example.com\n", 1, "notify", "use a list"),
        ("notify:\n  - team\n", 2, "notify[0]", "is 'team': write an email address, an https URL, or the ARN of"),
        ("notify: [http://example.com/]\n", 1, "notify[0]", "an https URL"),
        ("notify: [7]\n", 1, "notify[0]", "use an address, {to: address, only: [pipeline]}"),
        ("notify:\n  - {to: team}\n", 2, "notify[0].to", "is 'team': write an email address"),
        ("notify:\n  - {only: [features]}\n", 2, "notify[0].to", "is missing"),
        ("notify:\n  - {to: a@example.com, onyl: [features]}\n", 2, "notify[0].onyl", "did you mean 'only'?"),
        ("notify:\n  - {to: a@example.com, only: []}\n", 2, "notify[0].only", "write at least one"),
        (
            "notify:\n  - {to: a@example.com, only: [features, feature]}\n",
            2,
            "notify[0].only[1]",
            "which is not a pipeline: did you mean 'features'?",
        ),
        ("notify: [a@example.com, {to: a@example.com}]\n", 1, "notify[1]", "a second time"),
        (f"notify: ['{TOPIC}']\n", 1, "notify[0]", "for an existing topic, write {topic: ARN}"),
        (f"region: eu-west-2\nnotify: ['{QUEUE}']\n", 2, "notify[0]", "use a queue or a function of that region"),
        (f"region: eu-west-2\nnotify: [{{topic: '{TOPIC}'}}]\n", 2, "notify[0].topic", "use a topic of that region"),
        (f"notify: [{{topic: '{TOPIC}.fifo'}}]\n", 1, "notify[0].topic", "the ARN of a standard topic"),
        (f"notify: [{{topic: '{TOPIC}'}}, a@example.com]\n", 1, "notify[0]", "remove the other entries"),
        (
            f"notify: [{{topic: '{TOPIC}', only: [features]}}]\n",
            1,
            "notify[0].only",
            "filter at their own subscription",
        ),
        (
            "notify:\n  - slack: {workspace: T07EA123LEP, channel: C07EZ1ABC23}\n    only: [features]\n",
            3,
            "notify[0].only",
            "a Slack channel and an existing topic get all notices",
        ),
        (
            "notify: [{slack: {workspace: T07EA123LEP, channel: '#data'}}]\n",
            1,
            "notify[0].slack.channel",
            "write the ID of the channel, such as C07EZ1ABC23, not its name",
        ),
        (
            "region: cn-north-1\nnotify: [{slack: {workspace: T07EA123LEP, channel: C07EZ1ABC23}}]\n",
            2,
            "notify[0].slack",
            "not available there",
        ),
        ("notify: [{slack: general}]\n", 1, "notify[0].slack", "use {workspace: T…, channel: C…}"),
        ("redshift_group: x\n", 1, "redshift_group", "requires `redshift: true`"),
        ("redshift: true\nredshift_group: ''\n", 2, "redshift_group", ""),
        (f"redshift: true\nredshift_group: {'あ' * 43}\n", 2, "redshift_group", "1 to 127 bytes"),
        ('redshift: true\nredshift_group: "a\\nb"\n', 2, "redshift_group", "printable"),
    ],
)
def test_what_is_wrong_is_refused_by_file_line_and_field(
    project: ProjectFolder, text: str, line: int, field: str, says: str
) -> None:
    project.write(text, "deployment.yaml")
    problem = project.only_problem_of(VALID)
    assert (problem.file, problem.line, problem.field) == ("deployment.yaml", line, field)
    assert says in problem.message


def test_problems_of_all_files_are_reported_together(project: ProjectFolder) -> None:
    project.write("kms: x\nbucket: S3\n", "deployment.yaml")
    found = project.problems_of(VALID.replace("type: int}", "type: integer}"))
    assert [(problem.file, problem.field) for problem in found] == [
        ("deployment.yaml", "kms"),
        ("deployment.yaml", "bucket"),
        (FILE, "table.columns[1].type"),
    ]


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"catalog_kms": KEY, "lake_formation": "location"},
        {"account": "123456789012", "region": "eu-west-1", "kms": KEY, "assets_kms": KEY, "former_kms": [KEY]},
        {"kms": MULTI_REGION_KEY, "permissions_boundary": BOUNDARY},
        {"region": "cn-north-1", "kms": "create", "access_logs": "create", "removal_policy": "destroy"},
        {"account": "210987654321", "permissions_boundary": "arn:aws:iam::aws:policy/PowerUserAccess"},
        {"kms": "arn:aws-us-gov:kms:us-gov-west-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"},
        {"bucket": "team.lake-1", "databases": ["analytics"], "encrypt_inter_container_traffic": True},
        {"prefix": "team-a", "database_suffix": "_{prefix}", "redshift": True, "redshift_group": 'a "b"'},
    ],
)
def test_what_is_possible_is_read_and_right_in_an_editor(project: ProjectFolder, options: dict[str, Any]) -> None:
    read = options_of(project, json.dumps(options) if options else "prefix: pipelines\n")
    assert {name: _plain(getattr(read, name)) for name in options} == options
    assert list(Draft7Validator(build_deployment_schema()).iter_errors(options)) == []


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


@pytest.mark.parametrize(
    "text", ["prefix: Team", "kms: alias/x", "bucket: s3://x", "kmz: create", "databases: a", "redshift: 1"]
)
def test_an_editor_underlines_mistakes(text: str) -> None:
    assert list(Draft7Validator(build_deployment_schema()).iter_errors(YAML(typ="safe", pure=True).load(text)))


def test_the_schema_file_is_in_step_with_the_model() -> None:
    expected = schema_text(build_deployment_schema())
    assert DEPLOYMENT_SCHEMA_FILE.read_text(encoding="utf-8") == expected, "the model has changed: run `make schema`"


def test_without_a_file_the_defaults_hold(project: ProjectFolder) -> None:
    project.write(VALID)
    assert load_project(project.root).deployment == Deployment()


def test_a_command_line_replaces_what_names_the_deployment(project: ProjectFolder) -> None:
    text = "prefix: team\nregion: eu-west-1\nkms: create\n"
    assert options_of(project, text, prefix="staging").prefix == "staging"
    assert options_of(project, text, prefix="staging").kms == "create"
    with pytest.raises(InvalidContextError, match="context prefix is 'Staging': use 1 to 20"):
        options_of(project, text, prefix="Staging")
    with pytest.raises(InvalidContextError, match=r"context kms is .* with region us-east-1"):
        options_of(project, f"kms: {KEY}\n", region="us-east-1")


def test_the_suffix_is_part_of_every_database_name(project: ProjectFolder) -> None:
    project.write(VALID)
    project.write(READING, "pipelines/reader.yaml")
    project.write("database_suffix: _{prefix}\ndatabases: [analytics_a_b]\n", "deployment.yaml")
    loaded = load_project(project.root, overrides={"prefix": "a-b"})
    assert {table.qualified_name for pipeline in loaded.pipelines for table in pipeline.tables} == {
        "analytics_a_b.table1",
        "analytics_a_b.table2",
    }
    reader = loaded.pipeline("reader")
    assert [source.table for source in reader.step("extract").table_inputs.values()] == ["analytics_a_b.table1"]
    assert list(reader.read_tables) == ["analytics_a_b.table1"]


def test_redshift_is_checked_if_the_deployment_has_it(project: ProjectFolder) -> None:
    project.write("redshift: true\n", "deployment.yaml")
    problem = project.only_problem_of(VALID.replace("type: int}", "type: tinyint}"))
    assert (problem.file, problem.field) == (FILE, "table.columns[1].type")


def test_the_local_cloud_creates_what_exists_in_an_account(project: ProjectFolder) -> None:
    options = {
        "prefix": "team",
        "account": "210987654321",
        "region": "eu-west-1",
        "kms": KEY,
        "former_kms": [KEY],
        "assets_kms": KEY,
        "catalog_kms": KEY,
        "lake_formation": "catalog",
        "bucket": "team-lake",
        "databases": ["analytics"],
        "permissions_boundary": "arn:aws:iam::aws:policy/PowerUserAccess",
    }
    project.write(VALID)
    project.write(json.dumps(options), "deployment.yaml")
    assert load_project(project.root, local=True).deployment == Deployment(prefix="team", kms="create")


@pytest.mark.parametrize(
    ("context", "says"),
    [
        ({"kms": "create"}, ["context kms: write `kms: create` into deployment.yaml"]),
        ({"databases": "a, b"}, ["context databases: write `databases: [a, b]` into deployment.yaml"]),
        ({"permission_boundary": "x"}, ["context permission_boundary: no such option, did you mean"]),
        ({"KMS": "create", "tags": {"a": "b"}}, ["context KMS: no such option", "context tags: no such option"]),
        ({"prefix": "a", "account": "b", "region": "c", "project": "d", "local": "true"}, []),
        ({"@aws-cdk/core:x": True, "aws-cdk:y": 1, "vpc-provider:account=1": {}, "cli-telemetry": False}, []),
    ],
)
def test_an_option_is_no_context(context: dict[str, Any], says: list[str]) -> None:
    found = context_problems(context)
    assert [problem[: len(start)] for problem, start in zip(found, says, strict=True)] == says


def test_every_option_is_in_the_documents() -> None:
    documents = "".join(
        (ROOT / "docs" / name).read_text(encoding="utf-8")
        for name in ("reference/deployment_file.md", "how-to/redshift.md")
    )
    assert [name for name in Deployment.model_fields if f"`{name}" not in documents] == []


def test_an_invalid_file_names_itself_only(project: ProjectFolder) -> None:
    project.write(VALID)
    project.write("kms: [", "deployment.yaml")
    with pytest.raises(InvalidProjectError, match=r"^deployment\.yaml:\d: is not YAML"):
        load_project(project.root)
