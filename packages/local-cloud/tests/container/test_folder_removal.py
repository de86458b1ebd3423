"""What scripts have written is deleted with the job, whatever its depth and its permissions."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import pytest

from cloud_under_test.extras import needs_namespaces
from local_cloud import folder_removal
from local_cloud.folder_removal import remove_folder, temporary_folder

if TYPE_CHECKING:
    from pathlib import Path

    from local_cloud.server import LocalCloud

DEEP = "import os\nfor _ in range(3000):\n    os.mkdir('d')\n    os.chdir('d')\n"


@pytest.fixture
def deep(tmp_path: Path) -> Path:
    """Return a folder with more levels than Python can recurse."""
    folder = tmp_path / "deep"
    folder.mkdir()
    subprocess.run([sys.executable, "-c", DEEP], cwd=folder, check=True)
    return folder


def test_a_deep_folder_is_deleted(deep: Path, tmp_path: Path) -> None:
    remove_folder(deep)
    with temporary_folder("scratch-", tmp_path) as folder:
        subprocess.run([sys.executable, "-c", DEEP], cwd=folder, check=True)
    assert list(tmp_path.iterdir()) == []


def test_the_supervisor_s_program_deletes_it_too(deep: Path) -> None:
    subprocess.run([sys.executable, "-I", "-S", folder_removal.__file__, deep], check=True)
    assert not deep.exists()


@pytest.mark.skipif(os.getuid() == 0, reason="root reads and changes all folders")
def test_a_folder_that_nobody_may_change_is_deleted(tmp_path: Path) -> None:
    folder = tmp_path / "closed" / "below"
    folder.mkdir(parents=True)
    (folder / "file").touch()
    folder.chmod(0)
    remove_folder(tmp_path / "closed")
    assert list(tmp_path.iterdir()) == []


@needs_namespaces
def test_nothing_of_a_job_remains(local_cloud_server: LocalCloud, create_job: Any) -> None:
    job = create_job(f"import os\nos.chdir('/tmp')\n{DEEP}os.chdir('/opt/ml/processing')\n{DEEP}")
    assert job["ProcessingJobStatus"] == "Completed"
    deadline = time.monotonic() + 30
    while left := list((local_cloud_server.settings.state_dir / "jobs").iterdir()):
        assert time.monotonic() < deadline, left
        time.sleep(0.05)
