"""The cold start of each Lambda handler, compared with boto3 alone: CPU time of fresh processes, which alternate.

    python benchmarks/cold_starts.py [--repeat 11] [--json]

The handlers are imported from the functions' archive. A start is the import and the clients that the handler creates for every event; boto3
alone is its import and as many clients. ``compiled`` compares modules that are compiled, ours as those of boto3. ``as unpacked`` adds what it
takes to compile ours: the archive has no compiled modules, because they fit one version of Python, and Lambda unpacks it to a folder that
cannot be written, while boto3 belongs to the runtime.
"""

from __future__ import annotations

import argparse
import compileall
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

import boto3

from stacks.pipeline.shared_code_function import functions_archive

MOST = 1.3
"""The most that a handler may take, in multiples of boto3."""
HANDLERS = {
    "plan_run": ("_s3()", ["s3"]),
    "register_partitions": ("_clients()", ["s3", "glue"]),
    "notify": ("_sns(), handler._sfn()", ["sns", "stepfunctions"]),
    "start_run": ("_s3()", ["s3"]),
    "watch": ("_clients()", ["s3", "glue", "stepfunctions", "scheduler"]),
}
"""The calls that create the clients of each handler, and the services of these clients."""
_MEASURED = """
import sys, time
sys.path[:0] = [{archive!r}]
sys.path.append({packages!r})
started = time.process_time()
{code}
print(time.process_time() - started)
"""


def measure(repeat: int) -> dict[str, dict[str, float]]:
    """Return the median CPU seconds of each handler and of boto3 beside it, and their ratios."""
    taken: dict[str, tuple[list[float], ...]] = {name: ([], [], []) for name in HANDLERS}
    with tempfile.TemporaryDirectory(prefix="bench-cold-starts-") as folder:
        archive, _ = functions_archive(Path(folder))
        unpacked, compiled = Path(folder, "unpacked"), Path(folder, "compiled")
        with zipfile.ZipFile(archive) as packed:
            packed.extractall(unpacked)
        shutil.copytree(unpacked, compiled)
        compileall.compile_dir(compiled, quiet=1)
        for _ in range(repeat):
            for name, (clients, services) in HANDLERS.items():
                ours = f"from lambdas.{name} import handler\nhandler.{clients}"
                alone = "\n".join(["import boto3", *(f"boto3.client({service!r})" for service in services)])
                started = ((ours, compiled), (ours, unpacked), (alone, compiled))
                for seconds, (code, task_root) in zip(taken[name], started, strict=True):
                    seconds.append(_run(code, task_root))
    medians = {name: [statistics.median(seconds) for seconds in each] for name, each in taken.items()}
    return {
        name: {"handler": ours, "boto3": alone, "compiled": ours / alone, "as unpacked": cold / alone}
        for name, (ours, cold, alone) in medians.items()
    }


def _run(code: str, task_root: Path) -> float:
    script = _MEASURED.format(archive=str(task_root), packages=str(Path(boto3.__file__).parents[1]), code=code)
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "PYTHON"))},
        "AWS_ACCESS_KEY_ID": "x",
        "AWS_SECRET_ACCESS_KEY": "x",
        "AWS_DEFAULT_REGION": "eu-west-1",
    }
    # -I and -S exclude this checkout and its editable install; -B writes no compiled modules.
    command = [sys.executable, "-I", "-S", "-B", "-c", script]
    return float(subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=True).stdout)


def main() -> int:
    """Measure, and print a table or a JSON document; return 1 if a handler takes too long."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeat", type=int, default=11)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    found = measure(arguments.repeat)
    if arguments.json:
        print(json.dumps(found, indent=2))
    else:
        print(f"{'CPU seconds':<21}{'handler':>9}{'boto3':>9}{'compiled':>10}{'as unpacked':>13}")
        for name, each in found.items():
            seconds = f"{each['handler']:>9.3f}{each['boto3']:>9.3f}"
            print(f"{name:<21}{seconds}{each['compiled']:>10.2f}{each['as unpacked']:>13.2f}")
        print(f"in multiples of boto3; compiled, at most {MOST}")
    return int(any(each["compiled"] > MOST for each in found.values()))


if __name__ == "__main__":
    sys.exit(main())
