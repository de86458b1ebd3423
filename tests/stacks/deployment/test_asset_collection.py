"""Tests that ``cdk gc`` keeps what deployed pipelines use: the CDK CLI's own rule, applied to every template of the examples."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from partitioned_pipelines.cli.target.locations import APP_ROOT
from tests.synthesized.sagemaker_fixtures import by_pipelines
from tests.synthesized.synthesis import ROOT, Synthesis, synthesize

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["by_pipelines"]


@pytest.fixture(scope="module")
def more_examples(tmp_path_factory: pytest.TempPathFactory) -> Synthesis:
    return synthesize(ROOT / "examples" / "more", tmp_path_factory.mktemp("more") / "cdk.out")


def deletable(synthesis: Synthesis) -> list[str]:
    """Return the assets that ``cdk gc`` would delete after a deployment, by its rules for files and images.

    A file is kept if the template of a deployed stack contains its key up to the first dot, an image if one contains its tag. Templates
    that are published as assets are used by the deployment only.
    """
    found = []
    for stack in synthesis.stacks:
        text = (synthesis.assembly / stack.template_file).read_text(encoding="utf-8")
        manifest = synthesis.asset_manifest(stack)
        for file in manifest.get("files", {}).values():
            if file["source"]["path"] != stack.template_file:
                keys = [destination["objectKey"] for destination in file["destinations"].values()]
                found += [key for key in keys if key.split(".")[0] not in text]
        for image in manifest.get("dockerImages", {}).values():
            found += [each["imageTag"] for each in image["destinations"].values() if each["imageTag"] not in text]
    return found


@pytest.mark.parametrize("name", ["repository", "every_option", "locked_down", "more_examples", "by_pipelines"])
def test_nothing_in_use_is_deletable(name: str, request: pytest.FixtureRequest) -> None:
    synthesis: Synthesis = request.getfixturevalue(name)
    published = [file for stack in synthesis.stacks for file in synthesis.asset_manifest(stack)["files"].values()]
    assert len(published) > 2 * len(synthesis.stacks), "scripts and functions are among the assets"
    assert deletable(synthesis) == []


def test_a_file_s_name_does_not_matter(tmp_path: Path) -> None:
    """CloudFormation returns a template with question marks for non-ASCII characters, and JSON escapes quotes."""
    project = tmp_path / "project"
    (project / "pipelines").mkdir(parents=True)
    outside = ROOT / "tests" / "fixtures" / "projects" / "outside"
    for source in sorted(path for path in outside.rglob("*") if path.is_file()):
        target = project / source.relative_to(outside)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(source.read_bytes())
    for name in ("日本語.py", 'a "quoted" name.txt', "no_dot", "two.dots.txt"):
        (project / "code" / name).write_text(name, encoding="utf-8")
    synthesis = synthesize(project, tmp_path / "cdk.out")
    assert deletable(synthesis) == []
    keys = [
        destination["objectKey"]
        for file in synthesis.asset_manifest(synthesis.pipelines["word_count"])["files"].values()
        for destination in file["destinations"].values()
    ]
    assert {"日本語.py", 'a "quoted" name.txt'} <= {key.partition("/")[2] for key in keys}


def test_the_rule_is_the_cli_s_own() -> None:
    """If this fails, the CDK CLI's rule has changed: see its garbage collection, and ``deletable`` above."""
    source = (APP_ROOT / "node_modules" / "aws-cdk" / "lib" / "index.js").read_text(encoding="utf-8")
    assert 'fileName() {\n        return this.key.split(".")[0];' in source
    assert "!activeAssets.contains(asset.fileName())" in source
    assert "!asset.tags.some((t) => activeAssets.contains(t))" in source
    assert "if (stack.includes(asset))" in source


def test_a_deletable_asset_is_noticed(repository: Synthesis, monkeypatch: pytest.MonkeyPatch) -> None:
    def manifest(_self: Synthesis, _stack: object) -> object:
        return {"files": {"x": {"source": {"path": "x"}, "destinations": {"y": {"objectKey": f"{'0' * 64}/a.py"}}}}}

    monkeypatch.setattr(Synthesis, "asset_manifest", manifest)
    assert set(deletable(repository)) == {f"{'0' * 64}/a.py"}
