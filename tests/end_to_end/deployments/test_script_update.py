"""A changed script is deployed without the CDK CLI, and the CDK CLI then finds nothing to deploy."""

import shutil
from pathlib import Path

import pytest

from partitioned_pipelines.cli.deployment.cdk import Cdk
from tests.end_to_end.cdk_user import CdkUser
from tests.end_to_end.deployment import PROJECTS, deployed

pytestmark = pytest.mark.e2e
_DAY = "2026-11-20"


def test_only_scripts_are_updated_and_the_stacks_are_those_of_a_deployment(tmp_path: Path) -> None:
    project, text = tmp_path / "project", tmp_path / "20261120.txt"
    shutil.copytree(PROJECTS / "outside", project)
    # Without it, the scripts are part of the image.
    (project / "code" / ".dockerignore").write_text("*.py\n", encoding="utf-8")
    text.write_text("The cat and the dog and the bird", encoding="utf-8")
    with deployed(project) as cloud:
        cloud.json("run", "word_count", "--date", _DAY, "--input", f"text={text}")
        script = project / "code" / "count_words.py"
        changed = script.read_text(encoding="utf-8").replace("most_common(limit)", "most_common(1)")
        assert changed != script.read_text(encoding="utf-8")
        script.write_text(changed, encoding="utf-8")
        (project / "code" / "more_words.py").write_text("WORDS = 1\n", encoding="utf-8")

        ran = cloud.command("run", "word_count", "--date", _DAY)
        assert ran.returncode == 0, ran.stdout + ran.stderr
        assert "updating scripts on the local cloud\n  pipelines-word-count deployed\n" in ran.stderr
        assert cloud.json("query", "SELECT count(*) AS n FROM outside.word_counts") == [{"n": 1}]
        cdk = Cdk.for_local(cloud.endpoint, tmp_path, keeps_logs=True)
        user = CdkUser(project, cdk.environment, tmp_path, "pipelines")
        user.must("diff", "--all", "--fail", "--context", "local=true")

        (project / "code" / "requirements.txt").write_text("humanize==4.12.3\n# another\n", encoding="utf-8")
        again = cloud.command("run", "word_count", "--date", _DAY)
        assert again.returncode == 0, again.stdout + again.stderr
        assert "deploying to the local cloud\n" in again.stderr, "the image has changed, too"
