"""Tests that text which other languages would evaluate stays unchanged up to the payloads, or is rejected."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from partitioned_pipelines.lake.placeholders import Template
from partitioned_pipelines.spec import glue_table_input, plan_run_spec
from tests.spec.project_folder import spoiled

if TYPE_CHECKING:
    from tests.spec.project_folder import ProjectFolder

LITERAL = [
    pytest.param("${AWS::AccountId}", id="CloudFormation"),
    pytest.param("$$.Execution.Id", id="context-of-Step-Functions"),
    pytest.param("$.plan.run_id", id="path-of-Step-Functions"),
    pytest.param("States.Format('{}', $.x)", id="intrinsic-of-Step-Functions"),
    pytest.param("{% $states.input %}", id="JSONata"),
    pytest.param("<aws.scheduler.scheduled-time>", id="Scheduler"),
    pytest.param("{{ jinja }} {process_date}", id="Jinja-and-our-own"),
    pytest.param("%(name)s %s {0}", id="Python"),
    pytest.param("$(id) `id` ; rm -rf /", id="shell"),
    pytest.param("Fn::Sub !Ref x", id="CloudFormation-functions"),
]


@pytest.mark.parametrize("text", LITERAL)
def test_descriptions_comments_and_environment_are_never_read(project: ProjectFolder, text: str) -> None:
    quoted = json.dumps(text)
    content = spoiled("一日の特徴量", quoted)[0]
    for old in ("説明。", "LOG_LEVEL: INFO", "description: 特徴量\n"):
        content = content.replace(old, {"説明。": quoted}.get(old, f"{old.partition(':')[0]}: {quoted}\n"))
    pipeline = project.load(content)
    assert pipeline.description == text
    (table,) = pipeline.tables
    table_input = glue_table_input(table, "lake")
    assert table_input["Description"] == text
    assert table_input["StorageDescriptor"]["Columns"][0]["Comment"] == text
    assert plan_run_spec(pipeline)["steps"][1]["environment"] == {"LOG_LEVEL": text}


@pytest.mark.parametrize("text", LITERAL)
def test_arguments_know_our_own_placeholders_only(project: ProjectFolder, text: str) -> None:
    escaped = text.replace("{", "{{").replace("}", "}}")
    pipeline = project.load(spoiled('"--since"', json.dumps(escaped))[0])
    (argument,) = plan_run_spec(pipeline)["steps"][1]["arguments"]
    assert Template.parse(argument).resolve({}) == text


@pytest.mark.parametrize("text", ["${AWS::AccountId}", "{% $states.input %}", "{0}", "States.Format('{}', $.x)"])
def test_an_argument_with_a_brace_that_is_not_doubled_is_refused(project: ProjectFolder, text: str) -> None:
    problem = project.only_problem_of(spoiled('"--since"', json.dumps(text))[0])
    assert problem.field == "steps[1].arguments[0]"
    assert "write a literal brace twice" in problem.message


@pytest.mark.parametrize(
    "old",
    [
        "name: features\n",
        "- name: extract",
        "raw:",
        "rows:",
        "analytics",
        "table1",
        "name: feature1",
        "name: dt",
        "ml.t3.medium",
        "scripts/extract.py",
        "Asia/Tokyo",
        "0 6 * * ? *",
    ],
)
@pytest.mark.parametrize("text", LITERAL)
def test_what_names_something_is_refused(project: ProjectFolder, old: str, text: str) -> None:
    key, colon, value = old.strip().rpartition(": ")
    quoted = f"'{text.replace(chr(39), chr(39) * 2)}'"
    new = f"{key}{colon}{quoted}" if not value.endswith(":") else f"{quoted}:"
    if old in ("0 6 * * ? *",):
        old, new = f'"{old}"', quoted
    content, line = spoiled(old, new + "\n" * old.endswith("\n"))
    assert line in {problem.line for problem in project.problems_of(content)}
