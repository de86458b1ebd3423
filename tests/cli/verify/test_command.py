"""Tests of ``pipelines verify`` on the command line: its errors, and its confirmation before it deploys to AWS."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import typer

from partitioned_pipelines.cli.commands import verify as command
from partitioned_pipelines.cli.deployment import preflight
from partitioned_pipelines.cli.deployment.preflight.catalog_encryption import check_catalog_encryption
from tests.cli.verify.account import deploy_stacks, inventory, leave_traces, make_neighbours

if TYPE_CHECKING:
    import boto3

    from tests.cli.conftest import Invoke


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--prefix", "mine"], "remove --prefix"),
        (["--remove", "verify-0a1b2c3d"], "add --target aws"),
        (["--context", "permissions_boundary=x"], "add --target aws"),
        (["--target", "aws", "--remove", "pipelines"], "not the prefix of a verification"),
        (["--target", "aws", "--remove", "verify-0A1B2C3D"], "not the prefix of a verification"),
        (["--target", "aws", "--context", "bucket=production"], "permissions_boundary and assets_kms"),
    ],
)
def test_what_is_not_right_is_refused_before_anything_is_started(
    invoke: Invoke, arguments: list[str], said: str
) -> None:
    result = invoke("verify", *arguments)
    assert result.exit_code == 2
    assert said in result.stderr


def test_aws_is_not_touched_before_somebody_has_confirmed(
    account: boto3.Session, invoke: Invoke, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(*_arguments: Any, **_options: Any) -> None:
        raise AssertionError("it was deployed")

    monkeypatch.setattr(command, "verify_copy", never)
    result = invoke("verify", "--target", "aws")
    assert result.exit_code == 2
    for told in ("123456789012", "us-east-1", "verify-", "USD", "add --yes"):
        assert told in result.stderr


def test_an_account_that_would_deny_the_copys_roles_is_refused_before_anything_is_deployed(
    account: boto3.Session, invoke: Invoke, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(*_arguments: Any, **_options: Any) -> None:
        raise AssertionError("it was deployed")

    key = account.client("kms").create_key()["KeyMetadata"]["Arn"]
    encrypted: Any = {"EncryptionAtRest": {"CatalogEncryptionMode": "SSE-KMS", "SseAwsKmsKeyId": key}}
    account.client("glue").put_data_catalog_encryption_settings(DataCatalogEncryptionSettings=encrypted)
    monkeypatch.setattr(command, "verify_copy", never)
    monkeypatch.setattr(preflight, "CHECKS", (check_catalog_encryption,))
    result = invoke("verify", "--target", "aws", "--yes")
    assert result.exit_code == 2
    assert f"Data Catalog is encrypted with {key}, and catalog_kms is not set" in " ".join(result.stderr.split())
    with pytest.raises(AssertionError, match="it was deployed"):
        invoke("verify", "--target", "aws", "--yes", "--context", f"catalog_kms={key}")


def test_a_no_does_nothing(account: boto3.Session, invoke: Invoke, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_arguments: Any, **_options: Any) -> None:
        raise AssertionError("it was deployed")

    monkeypatch.setattr(command, "verify_copy", never)
    monkeypatch.setattr("partitioned_pipelines.cli.terminal.output.somebody_is_there", lambda: True)
    monkeypatch.setattr(typer, "confirm", lambda *_arguments, **_options: False)
    result = invoke("verify", "--target", "aws")
    assert result.exit_code == 1
    assert "nothing was done" in result.stderr


def test_remove_takes_away_what_an_earlier_one_left(account: boto3.Session, invoke: Invoke) -> None:
    from partitioned_pipelines.cli.verify.copy import Names

    names = Names.parse("verify-0a1b2c3d")
    leave_traces(account, names, deploy_stacks(account, names))
    make_neighbours(account)
    result = invoke("verify", "--target", "aws", "--remove", names.prefix, "--yes")
    assert result.exit_code == 0, result.stderr
    assert not set(inventory(account)["stacks"]) & set(names.stacks)
    assert inventory(account)["stacks"] == ["verify-ffffffff-data-lake"]
    assert result.stdout == ""
