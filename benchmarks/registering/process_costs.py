"""The costs of a process: its cold start, its peak memory, and Spark's repair. Each is measured in separate processes."""

from __future__ import annotations

import importlib.util
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
_CLIENTS = {
    "boto3 and two clients": "import boto3; boto3.client('s3'), boto3.client('glue')",
    "RegisterPartitions' handler": "from lambdas.register_partitions import handler; handler._clients()",
    "awswrangler and two clients": "import awswrangler, boto3; boto3.client('s3'), boto3.client('glue')",
}
_COLD_START = "import time; started = time.perf_counter()\n{}\nprint(time.perf_counter() - started)"
_MEMORY = """
from pathlib import Path
from benchmarks.registering.table import registration_event
from lambdas.register_partitions import handler
s3, glue = handler._clients()
glue.get_table(DatabaseName="db", Name="t")
def peak():  # of this process alone: ru_maxrss would begin with what the process that started it had
    return int(Path("/proc/self/status").read_text().partition("VmHWM:")[2].split()[0])
before = peak()
result = handler.register_partitions(registration_event("memory"), s3, glue)
print((peak() - before) / 1024)
assert result["created"] == {count}, result
"""


def cold_starts(repeat: int) -> dict[str, float]:
    """Return the median seconds of importing each library and creating its two clients; they alternate."""
    taken: dict[str, list[float]] = {name: [] for name in _CLIENTS}
    for _ in range(repeat):
        for name, code in _CLIENTS.items():
            taken[name].append(_run(_COLD_START.format(code)))
    return {name: statistics.median(seconds) for name, seconds in taken.items()}


def peak_mebibytes(count: int) -> float:
    """Return the memory that registering the run ``memory`` takes in addition to the imports and the clients."""
    return _run(_MEMORY.format(count=count))


def spark_repair_seconds(python: str, count: int) -> float | None:
    """Return the seconds that Spark takes to repair ``count`` local folders; None if that Python has no PySpark."""
    if python == sys.executable and importlib.util.find_spec("pyspark") is None:
        return None
    script = ROOT / "benchmarks" / "spark_repair.py"
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            [python, script, folder, str(count)],
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
        )
    if done.returncode:
        raise RuntimeError(f"Spark did not repair the table: {done.stderr[-2000:]}")
    return float(done.stdout)


def _run(code: str) -> float:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", code], env=environment, stdout=subprocess.PIPE, text=True, check=True)
    return float(done.stdout)
