"""Tests that settings which redirect the calls of ``--target aws`` are reported before any call."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from partitioned_pipelines.cli.target.target import Cloud

if TYPE_CHECKING:
    from pathlib import Path

LOCAL = "http://localhost:8765"


@pytest.fixture(autouse=True)
def _no_configuration(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("AWS_ENDPOINT_URL", "AWS_ACCESS_KEY_ID", "AWS_PROFILE", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))


def said(capsys: pytest.CaptureFixture[str]) -> str:
    Cloud.aws()
    return capsys.readouterr().err


def test_nothing_is_said_of_aws_itself(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    assert said(capsys) == ""
    for url in ("https://vpce-1.s3.eu-west-1.vpce.amazonaws.com", "https://s3.cn-north-1.amazonaws.com.cn"):
        monkeypatch.setenv("AWS_ENDPOINT_URL", url)
        assert said(capsys) == ""


def test_the_variable_of_all_services(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", LOCAL)
    assert said(capsys) == (
        f"--target aws sends all of its calls to {LOCAL}, which is not AWS: AWS_ENDPOINT_URL says so. "
        "For AWS: unset AWS_ENDPOINT_URL\n"
    )


def test_what_local_status_printed(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", LOCAL)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIALOCAL")
    assert "unset AWS_ENDPOINT_URL AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY (if the key came with it)\n" in said(capsys)


def test_the_variable_of_one_service(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_CLOUDFORMATION", "http://10.0.0.5:4566")
    heard = said(capsys)
    assert "its calls of cloudformation to http://10.0.0.5:4566" in heard
    assert "unset AWS_ENDPOINT_URL_CLOUDFORMATION" in heard


@pytest.mark.parametrize(
    ("config", "calls"),
    [
        (f"[default]\nendpoint_url = {LOCAL}\n", "all of its calls"),
        (f"[default]\nservices = mine\n[services mine]\ns3 =\n  endpoint_url = {LOCAL}\n", "its calls of s3"),
    ],
)
def test_the_configuration_file(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path, config: str, calls: str
) -> None:
    (tmp_path / "config").write_text(config, encoding="utf-8")
    heard = said(capsys)
    assert f"sends {calls} to {LOCAL}" in heard
    assert "endpoint_url in the AWS configuration file says so" in heard
    monkeypatch.setenv("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true")
    assert said(capsys) == ""
