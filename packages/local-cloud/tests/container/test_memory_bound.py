"""A job that uses more memory than its instance has fails with this reason, and the cloud keeps running."""

from __future__ import annotations

import sys
from typing import Any

import pytest

from cloud_under_test.extras import needs_namespaces
from local_cloud.container import memory_bound
from local_cloud.container.memory import takes_more

CreateJob = Any
MIB = 1024**2
GIB = 1024**3


@pytest.mark.parametrize(
    ("instance_type", "gib"),
    [
        ("ml.t3.medium", 4),
        ("ml.t3.xlarge", 16),
        ("ml.m5.large", 8),
        ("ml.m5d.4xlarge", 64),
        ("ml.c5.2xlarge", 16),
        ("ml.r5.xlarge", 32),
        ("ml.g4dn.xlarge", 16),
        ("ml.g5.12xlarge", 192),
    ],
)
def test_a_type_has_its_memory(monkeypatch: pytest.MonkeyPatch, instance_type: str, gib: int) -> None:
    monkeypatch.setattr("os.sysconf", lambda _name: 2**32)  # this machine's pages, more than any instance type has
    assert memory_bound(instance_type) == gib * GIB


@pytest.mark.parametrize("instance_type", ["ml.p4d.24xlarge", "ml.trn1.2xlarge", "ml.m5.metal", "unknown"])
def test_what_is_not_known_is_bound_by_this_machine(instance_type: str) -> None:
    assert 0 < memory_bound(instance_type) == memory_bound("ml.r5.24xlarge") < 768 * GIB


# One process that uses all memory, and several that do together, in sessions of their own.
ALONE = "kept = bytes(range(256)) * (4 * 1024 * {mib})"
TOGETHER = """
import subprocess, sys, time
take = "import time; kept = bytes(range(256)) * (4 * 1024 * {mib} // 4); time.sleep(600)"
for _ in range(4):
    subprocess.Popen([sys.executable, "-c", take], start_new_session=True)
time.sleep(600)
"""


@needs_namespaces
@pytest.mark.skipif(sys.platform != "linux", reason="a job's memory is only measured on Linux")
@pytest.mark.parametrize("script", [ALONE + "\nimport time\ntime.sleep(600)", TOGETHER], ids=["alone", "together"])
def test_a_job_that_takes_more_fails_and_says_so(
    create_job: CreateJob, monkeypatch: pytest.MonkeyPatch, script: str
) -> None:
    monkeypatch.setattr("local_cloud.sagemaker.job_host.memory_bound", lambda _type: 200 * MIB)
    job = create_job(script.format(mib=300))
    assert job["ProcessingJobStatus"] == "Failed"
    assert job["FailureReason"].startswith("ClientError: Please use an instance type with more memory")
    assert "ml.t3.medium" in job["FailureReason"]
    assert job["FailureReason"].endswith("exit code: 137")


@needs_namespaces
@pytest.mark.skipif(sys.platform != "linux", reason="a job's memory is only measured on Linux")
def test_pages_that_processes_share_count_once(create_job: CreateJob, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("local_cloud.sagemaker.job_host.memory_bound", lambda _type: 300 * MIB)
    fork = "import os, time\nfor _ in range(3): os.fork() or (time.sleep(3), os._exit(0))\ntime.sleep(2)"
    job = create_job(f"{ALONE.format(mib=200)}\n{fork}")
    assert job["ProcessingJobStatus"] == "Completed", job


def test_a_process_that_has_ended_takes_nothing() -> None:
    assert not takes_more(2**22 + 1, 0)
