"""Tests of the CDK CLI as a process: its output is read, and failures are reported."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

import pytest

from partitioned_pipelines.cli.deployment.cdk import Cdk
from partitioned_pipelines.cli.deployment.deployment import _STACK_IS_DEPLOYED
from partitioned_pipelines.cli.errors import CommandError, ExitCode
from partitioned_pipelines.cli.target.local_endpoint import LocalEndpoint

ENDPOINT = LocalEndpoint("http://localhost:1", "AKIA", "secret")


@pytest.fixture
def tool(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Create a fake of the CDK CLI that prints its arguments, and then the content of `script`."""
    path = tmp_path / "cdk"
    path.write_text(
        f"#!{sys.executable}\nimport sys\nprint(*sys.argv[1:], flush=True)\nexec(open('{tmp_path}/script').read())\n"
    )
    path.chmod(0o755)
    monkeypatch.setattr("partitioned_pipelines.cli.deployment.cdk.cdk_program", lambda: path)
    return tmp_path / "script"


def test_its_lines_are_handed_on_and_logged(tool: Path, tmp_path: Path) -> None:
    tool.write_text("print('one 特', flush=True); print('two', file=sys.stderr)", encoding="utf-8")
    lines: list[str] = []
    Cdk(dict(os.environ), tmp_path, keeps_logs=True).run(["deploy", "--all"], lines.append)
    assert lines[0].startswith("deploy --all --no-notices")
    assert sorted(line.strip() for line in lines[1:]) == ["one 特", "two"]
    log = (tmp_path / "cdk-deploy.log").read_text(encoding="utf-8")
    assert log.startswith(f"$ {tmp_path / 'cdk'} deploy --all")
    assert "one 特\n" in log


def test_a_failure_shows_the_reason_and_not_what_went_well(tool: Path, tmp_path: Path) -> None:
    tool.write_text(
        "for n in range(60): print(f'stack: success: Built asset{n}')\n"
        "print('stack: creating'); print('❌  stack failed to deploy'); print('Error: No bucket')\n"
        "for n in range(60): print(f'stack: start: Publishing asset{n}')\n"
        "sys.exit(3)"
    )
    with pytest.raises(CommandError, match="cdk deploy failed:") as caught:
        Cdk(dict(os.environ), tmp_path, keeps_logs=True).run(["deploy"])
    assert caught.value.message == "cdk deploy failed:\n❌  stack failed to deploy\nError: No bucket"
    assert caught.value.exit_code == ExitCode.NO_CLOUD
    assert caught.value.remedy == f"the whole log: {tmp_path / 'cdk-deploy.log'}"
    assert "asset59" in (tmp_path / "cdk-deploy.log").read_text()


def test_a_log_that_is_about_to_vanish_is_not_named(tool: Path, tmp_path: Path) -> None:
    tool.write_text("sys.exit(1)")
    with pytest.raises(CommandError) as caught:
        Cdk(dict(os.environ), tmp_path).run(["synth"])
    assert caught.value.remedy is None


@pytest.mark.parametrize(
    ("last", "reason"),
    [
        ("OSError: [Errno 28] No space left on device", "No space left on device"),
        ("RuntimeError: EACCES: permission denied, mkdtemp '/a/b'", "EACCES: permission denied, mkdtemp '/a/b'"),
    ],
)
def test_a_failure_of_this_machine_has_no_traceback(
    tool: Path, tmp_path: Path, last: str, reason: str, capfd: pytest.CaptureFixture[str]
) -> None:
    lines = ["Traceback (most recent call last):", '  File "app.py", line 1', last, "Exception ignored in: x"]
    said = "\n".join([*lines, "app.py: Subprocess exited with error 1", ""])
    tool.write_text(f"sys.stderr.write({said!r}); sys.exit(1)")
    expected = f"the stacks were not synthesized: {reason} (temporary files are written to {tempfile.gettempdir()})"
    for log_folder, words in ((None, expected), (tmp_path, f"cdk synth failed:\n{expected}")):
        with pytest.raises(CommandError) as caught:
            Cdk(dict(os.environ), log_folder).run(["synth"])
        assert caught.value.message == words
    assert "Traceback" not in capfd.readouterr().err


def test_its_folders_can_be_written_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("TMPDIR", "/nowhere")
    monkeypatch.delenv("JSII_RUNTIME_PACKAGE_CACHE", raising=False)
    environment = Cdk.for_aws().environment
    assert environment["TMPDIR"] == tempfile.gettempdir()
    assert "JSII_RUNTIME_PACKAGE_CACHE" not in environment
    monkeypatch.setattr(os, "access", lambda path, _mode: path != tmp_path)  # root may write anywhere
    assert Cdk.for_aws().environment["JSII_RUNTIME_PACKAGE_CACHE"] == "disabled"


def test_for_a_local_cloud_it_sees_nothing_of_this_machines_aws(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_PROFILE", "production")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "secret")
    monkeypatch.setenv("NO_PROXY", "internal")
    environment = Cdk.for_local(ENDPOINT, tmp_path, keeps_logs=False).environment
    assert "AWS_PROFILE" not in environment
    assert "AWS_SESSION_TOKEN" not in environment
    assert environment["AWS_ENDPOINT_URL"] == ENDPOINT.url
    assert environment["AWS_CONFIG_FILE"] == os.devnull
    assert environment["NO_PROXY"] == "internal,localhost,127.0.0.1"
    assert Path(environment["CDK_DOCKER"]).is_file()


@pytest.mark.parametrize(
    ("line", "stack", "remark"),
    [
        (" ✅  pipelines-data-lake", "pipelines-data-lake", None),
        (" ✅  pipelines-data-lake\n", "pipelines-data-lake", None),
        (" ✅  pipelines-flights (no changes)\n", "pipelines-flights", " (no changes)"),
    ],
)
def test_a_stack_that_was_deployed(line: str, stack: str, remark: str | None) -> None:
    match = _STACK_IS_DEPLOYED.match(line)
    assert match
    assert (match["stack"], match["remark"]) == (stack, remark)


@pytest.mark.parametrize(
    "line",
    [
        "✨  Deployment time: 1.24s",
        " ❌  pipelines-flights failed: ToolkitError",
        "pipelines-flights: deploying... [3/3]",
        " ✅  Environment aws://123456789012/ap-northeast-1 bootstrapped.",
        "",
    ],
)
def test_no_stack_that_was_deployed(line: str) -> None:
    assert _STACK_IS_DEPLOYED.match(line) is None


@pytest.mark.parametrize(
    ("script", "says", "before"),
    [
        (
            "print('context kms: no', file=sys.stderr); print('python app.py: Subprocess exited with error 1', file=sys.stderr)",
            "context kms: no",
            "",
        ),
        ("print('Cannot find module', file=sys.stderr)", "cdk synth failed", "Cannot find module\n"),
        ("print('app.py: Subprocess exited with error 1', file=sys.stderr)", "cdk synth failed", "app.py: Subprocess"),
    ],
)
def test_where_the_app_refuses_its_own_sentence_is_the_error(
    tool: Path, capfd: pytest.CaptureFixture[str], script: str, says: str, before: str
) -> None:
    tool.write_text(f"{script}; sys.exit(1)")
    with pytest.raises(CommandError) as caught:
        Cdk(dict(os.environ)).run(["synth", "--quiet"])
    assert str(caught.value) == says
    assert caught.value.exit_code == ExitCode.NO_CLOUD
    said = capfd.readouterr().err
    assert said.startswith(before) if before else said == ""


def test_what_a_synthesis_says_that_goes_well_is_shown(tool: Path, capfd: pytest.CaptureFixture[str]) -> None:
    tool.write_text("print('[Warning] of a stack', file=sys.stderr)")
    Cdk(dict(os.environ)).run(["synth", "--quiet"])
    assert capfd.readouterr().err == "[Warning] of a stack\n"


def test_in_a_log_the_remark_on_the_apps_exit_is_not_shown(tool: Path, tmp_path: Path) -> None:
    tool.write_text("print('context kms: no'); print('python app.py: Subprocess exited with error 1'); sys.exit(1)")
    with pytest.raises(CommandError) as caught:
        Cdk(dict(os.environ), tmp_path).run(["synth"])
    assert caught.value.message.splitlines()[-1] == "context kms: no"


def test_a_context_without_a_value_is_refused_before_the_cdk_is_asked(tool: Path, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="--context: 'kms' is not KEY=VALUE") as caught:
        Cdk(dict(os.environ)).synthesize(tmp_path, "pipelines", tmp_path / "out", ["region=eu-west-1", "kms"])
    assert caught.value.exit_code == ExitCode.INVALID
    assert not tool.exists()
