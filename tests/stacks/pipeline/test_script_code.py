"""Tests that a script's folder reaches its job with its own names and contents."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.synthesized.every_option import write_every_option_project
from tests.synthesized.intrinsics import ACCOUNT, REGION
from tests.synthesized.subject import Subject
from tests.synthesized.synthesis import Synthesis, synthesize

_FOLDER = re.compile(r"s3://[^/]+/[0-9a-f]{64}\.files/")


def test_keys_keep_the_names_below_one_prefix(every_option: Synthesis) -> None:
    subject = Subject.of(every_option, "everything")
    parameters = subject.stack.definition["States"]["gather"]["Parameters"]
    code = parameters["ProcessingInputs"][-1]
    assert code["InputName"] == "code"
    assert code["S3Input"]["LocalPath"] == "/opt/ml/processing/input/code"
    tree_hash = code["S3Input"]["S3Uri"].rstrip("/").rpartition("/")[2]
    published = _published(every_option, tree_hash)
    assert published == {
        "Dockerfile": "FROM python:3.13-slim\n",
        "gather.py": "# gather.py\n",
        "split.py": "# split.py\n",
        "lib/h": "# lib/h\n",
        "lib/h.py": "# lib/h.py\n",
        "lib/h.sql": "# lib/h.sql\n",
    }


def _published(synthesis: Synthesis, tree_hash: str) -> dict[str, str]:
    """Return what the deployment puts below a prefix of the assets' bucket: contents by key."""
    found = {}
    for entry in synthesis.asset_manifest(synthesis.pipelines["everything"])["files"].values():
        (destination,) = entry["destinations"].values()
        key = destination["objectKey"]
        if key.startswith(f"{tree_hash}/"):
            path = synthesis.assembly / entry["source"]["path"]
            found[key.removeprefix(f"{tree_hash}/")] = path.read_text(encoding="utf-8")
    return found


@pytest.mark.parametrize("environment", [{}, {"account": ACCOUNT, "region": REGION}])
def test_each_stack_publishes_its_files_where_the_cdk_publishes_its_template(
    environment: dict[str, str], tmp_path: Path
) -> None:
    """The app adds files to the manifests itself; pipelines that share a folder are deployed alone, too."""
    synthesis = synthesize(write_every_option_project(tmp_path / "project"), tmp_path / "cdk.out", environment)
    for name, stack in synthesis.pipelines.items():
        entries = synthesis.asset_manifest(stack)["files"].values()
        (template,) = [entry for entry in entries if entry["source"]["path"] == stack.template_file]
        for entry in entries:
            assert _place(entry) == _place(template)
            assert entry["source"]["packaging"] == "file"
            assert (synthesis.assembly / entry["source"]["path"]).is_file()
        keys = {place["objectKey"] for entry in entries for place in entry["destinations"].values()}
        bucket = _place(template)["bucketName"].replace("${AWS::AccountId}", ACCOUNT).replace("${AWS::Region}", REGION)
        published = {f"s3://{bucket}/{key.partition('/')[0]}/" for key in keys if "/" in key}
        assert published == set(_FOLDER.findall(json.dumps(synthesis.resolved(name).resources)))


def _place(entry: dict[str, Any]) -> dict[str, str]:
    """Return the bucket, the role and the region of a published file."""
    (place,) = entry["destinations"].values()
    return {name: value for name, value in place.items() if name != "objectKey"}


def test_the_entrypoint_is_the_script_s_own_name(every_option: Synthesis) -> None:
    states = Subject.of(every_option, "everything").stack.definition["States"]
    entrypoints = {
        name: states[name]["Parameters"]["AppSpecification"]["ContainerEntrypoint"] for name in ("gather", "split")
    }
    assert entrypoints == {
        "gather": ["python3", "/opt/ml/processing/input/code/gather.py"],
        "split": ["python3", "/opt/ml/processing/input/code/split.py"],
    }


def test_an_image_by_uri_is_used_as_it_is(every_option: Synthesis) -> None:
    subject = Subject.of(every_option, "everything")
    image = every_option.pipeline("everything").step("gather").image
    assert image is not None
    assert subject.stack.outputs["StepImageUriGather"] == image.model_dump()["uri"]
    assert (
        subject.stack.definition["States"]["gather"]["Parameters"]["AppSpecification"]["ImageUri"]
        == (image.model_dump()["uri"])
    )


def test_an_image_of_the_project_is_built_for_the_machines_that_run_it(repository: Synthesis) -> None:
    images = repository.asset_manifest(repository.pipelines["flights"])["dockerImages"]
    assert [image["source"]["platform"] for image in images.values()] == ["linux/amd64"]
