"""Tests of the app as the CDK CLI runs it: reproducible output, no lookups, and the context's choices."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

from tests.synthesized.synthesis import ROOT, Synthesis, app_context, synthesize

OUTSIDE = ROOT / "tests" / "fixtures" / "projects" / "outside"


def run_app(assembly: Path, hash_seed: str = "0", **context: str) -> subprocess.CompletedProcess[str]:
    """Run ``app.py`` with a context, as the CDK CLI does, without credentials, network or any other program (no Docker)."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    environment |= {
        "CDK_OUTDIR": str(assembly),
        "CDK_CONTEXT_JSON": json.dumps({**app_context(), **context}),
        "PYTHONHASHSEED": hash_seed,
        "PATH": "",
        "HTTPS_PROXY": "http://localhost:9",
        "HTTP_PROXY": "http://localhost:9",
    }
    command = [sys.executable, str(ROOT / "app.py")]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)


def contents(assembly: Path) -> dict[str, bytes]:
    return {
        path.relative_to(assembly).as_posix(): path.read_bytes()
        for path in sorted(assembly.rglob("*"))
        if path.is_file() and "__pycache__" not in path.parts
    }


def test_two_syntheses_give_the_same_bytes(tmp_path: Path) -> None:
    for seed in ("1", "2"):
        done = run_app(tmp_path / seed, seed)
        assert done.returncode == 0, done.stderr
        assert done.stderr == ""
    first, second = contents(tmp_path / "1"), contents(tmp_path / "2")
    assert first == second
    assert "pipelines-flights.template.json" in first


def test_nothing_is_looked_up_by_the_app(repository: Synthesis, every_option: Synthesis) -> None:
    for synthesis in (repository, every_option):
        manifest = json.loads((synthesis.assembly / "manifest.json").read_text(encoding="utf-8"))
        assert "missing" not in manifest
        for stack in synthesis.stacks:
            parameters = synthesis.template(stack).get("Parameters", {})
            assert set(parameters) <= {"BootstrapVersion", "LakeBucketName"}


def test_without_account_and_region_the_templates_fit_any(repository: Synthesis) -> None:
    manifest = json.loads((repository.assembly / "manifest.json").read_text(encoding="utf-8"))
    environments = {
        artifact["environment"]
        for artifact in manifest["artifacts"].values()
        if artifact["type"] == "aws:cloudformation:stack"
    }
    assert environments == {"aws://unknown-account/unknown-region"}


def test_the_options_choose_account_region_prefix_and_removal(tmp_path: Path) -> None:
    options = {"account": "210987654321", "region": "eu-west-1", "prefix": "team-a", "removal_policy": "destroy"}
    synthesis = synthesize(OUTSIDE, tmp_path / "cdk.out", options)
    assert [stack.stack_name for stack in synthesis.stacks] == ["team-a-data-lake", "team-a-word-count"]
    assert {(stack.account, stack.region) for stack in synthesis.stacks} == {("210987654321", "eu-west-1")}
    lake = synthesis.resolved_lake()
    assert lake.only("AWS::Athena::WorkGroup")["Name"] == "team-a"
    kept = {
        resource["Type"]: resource.get("DeletionPolicy")
        for resource in lake.resources.values()
        if resource["Type"] in {"AWS::S3::Bucket", "AWS::Glue::Database"}
    }
    assert kept == {"AWS::S3::Bucket": "Delete", "AWS::Glue::Database": "Delete"}
    clock_names = synthesis.resolved("word_count").of_type("AWS::Scheduler::Schedule")
    assert clock_names == []


def test_a_refused_context_is_one_line_and_no_traceback(tmp_path: Path) -> None:
    done = run_app(tmp_path / "cdk.out", prefix="Team")
    assert done.returncode == 1
    assert (
        done.stderr
        == "context prefix is 'Team': use 1 to 20 lower-case letters, digits and single hyphens, a letter first\n"
    )


def test_a_project_that_is_not_right_is_refused_with_file_and_line(tmp_path: Path) -> None:
    project = tmp_path / "project"
    shutil.copytree(OUTSIDE, project)
    path = project / "pipelines" / "word_count.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("script: code/", "script: cod/"), encoding="utf-8")
    done = run_app(tmp_path / "cdk.out", project=str(project))
    assert done.returncode == 1
    assert "pipelines/word_count.yaml:5: steps[0].script: " in done.stderr
    assert "Traceback" not in done.stderr
    assert not list(tmp_path.glob("cdk.out/*.template.json"))


def test_a_project_may_lie_anywhere(tmp_path: Path) -> None:
    project = tmp_path / "some where" / "else"
    shutil.copytree(OUTSIDE, project)
    synthesis = synthesize(project, tmp_path / "cdk.out")
    files = synthesis.asset_manifest(synthesis.pipelines["word_count"])["files"].values()
    keys = {destination["objectKey"] for entry in files for destination in entry["destinations"].values()}
    names = {key.partition("/")[2] for key in keys if "/" in key}
    assert names == {"Dockerfile", "count_words.py", "requirements.txt", "tokenizer.py"}
    for entry in files:
        assert (synthesis.assembly / entry["source"]["path"]).exists()
