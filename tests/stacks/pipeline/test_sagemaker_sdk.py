"""Tests of the code around the SageMaker SDK: the error without the SDK, and the round trip of tokens."""

from __future__ import annotations

import os
from importlib import import_module
from typing import TYPE_CHECKING

import pytest

from stacks.orchestrators.sagemaker import MissingSdkError, sdk
from stacks.orchestrators.sagemaker.sdk import StandIns

if TYPE_CHECKING:
    from types import ModuleType

TOKEN = "${Token[TOKEN.42]}"


def without_sagemaker(name: str) -> ModuleType:
    if name.startswith("sagemaker"):
        raise ModuleNotFoundError(f"No module named {name!r}", name="sagemaker")
    return import_module(name)


def test_whoever_asks_for_it_is_told_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sdk, "import_module", without_sagemaker)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    monkeypatch.delenv("AWS_EC2_METADATA_DISABLED", raising=False)
    with (
        pytest.raises(MissingSdkError, match=r"the pipeline daily .*pip install '\.\[sagemaker\]'"),
        sdk.quiet_sdk("daily"),
    ):
        pass
    assert os.environ["AWS_DEFAULT_REGION"] == "eu-west-1"
    assert "AWS_EC2_METADATA_DISABLED" not in os.environ


def test_tokens_leave_a_document_and_come_back() -> None:
    stand_ins = StandIns("content")
    document = {"uri": f"s3://{TOKEN}/a/", "list": [TOKEN, "${AWS::Region}", 1], "other": "${Token[AWS.7]}"}
    put = stand_ins.put(document)
    assert "Token[" not in str(put)
    assert put["uri"] == f"s3://{put['list'][0]}/a/"
    assert put["list"][1:] == ["${AWS::Region}", 1]
    assert put["other"] != put["list"][0]
    assert stand_ins.restore(put["uri"]) == document["uri"]
    assert stand_ins.restore(put["other"]) == document["other"]


def test_ten_tokens_and_more_are_not_mixed_up() -> None:
    stand_ins = StandIns("content")
    texts = [f"${{Token[TOKEN.{number}]}}" for number in range(25)]
    assert [stand_ins.restore(stand_ins.put(text)) for text in texts] == texts
    assert stand_ins.restore(" ".join(stand_ins.put(texts))) == " ".join(texts)
