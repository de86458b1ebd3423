"""The CPU time to synthesize 50 pipelines, compared with 50 plain stacks of as many resources: this project's share in addition to the CDK's.

    python benchmarks/synth.py [--pipelines 50] [--repeat 3] [--json]

Each measurement is a separate process, which imports and synthesizes, with the CDK's own process; the apps alternate, and the median counts.
The plain stacks contain roles, log groups, topics, queues and buckets without any options: the minimum for as many resources. In addition,
stacks with the same kinds of resources as a pipeline's are measured, so that the CDK's own work for a function or a state machine is in both.
The CDK's validation of templates is on for all of them.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
APPS = {
    "pipelines": "app.py",
    "plain stacks": "benchmarks/plain_stacks.py",
    "the same kinds": "benchmarks/same_kinds.py",
}


def write_project(project: Path, pipelines: int) -> None:
    """Write a project of copies of `feature_table`, each with its own name, table and scripts."""
    spec = (ROOT / "pipelines" / "feature_table.yaml").read_text(encoding="utf-8")
    (project / "pipelines").mkdir(parents=True)
    for number in range(pipelines):
        name = f"features_{number:03}"
        text = spec.replace("name: feature_table", f"name: {name}").replace(
            "partitioned_table_sample", f"table_{number:03}"
        )
        text = text.replace("processing_scripts/feature_table", f"processing_scripts/{name}")
        text = text.replace("raw/feature_table/", f"raw/{name}/")
        (project / "pipelines" / f"{name}.yaml").write_text(text, encoding="utf-8")
        shutil.copytree(ROOT / "processing_scripts" / "feature_table", project / "processing_scripts" / name)


def synthesize(app: str, assembly: Path, context: dict[str, str]) -> tuple[float, float]:
    """Run an app as the CDK CLI would; return the CPU seconds, and the MiB of the larger of its two processes."""
    feature_flags = json.loads((ROOT / "cdk.json").read_text(encoding="utf-8"))["context"]
    environment = {"CDK_OUTDIR": str(assembly), "CDK_CONTEXT_JSON": json.dumps({**feature_flags, **context})}
    environment |= {"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT)}
    process = subprocess.Popen([sys.executable, ROOT / app], cwd=ROOT, env=environment)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, process.args)
    return used.ru_utime + used.ru_stime, used.ru_maxrss / 1024


def count_resources(assembly: Path) -> int:
    """Return the number of resources in all templates except the lake's, which has no counterpart."""
    templates = [path for path in assembly.glob("*.template.json") if "data-lake" not in path.name]
    return sum(len(json.loads(path.read_text(encoding="utf-8"))["Resources"]) for path in templates)


def measure(pipelines: int, repeat: int, folder: Path) -> dict[str, object]:
    """Measure all apps, alternating."""
    project = folder / "project"
    write_project(project, pipelines)
    seconds: dict[str, list[float]] = {kind: [] for kind in APPS}
    memory: dict[str, list[float]] = {kind: [] for kind in APPS}
    resources: dict[str, int] = {}
    for turn in range(repeat):
        for kind, app in APPS.items():
            assembly = folder / f"{kind.replace(' ', '-')}-{turn}"
            plain = {"stacks": str(pipelines), "resources": str(resources.get("pipelines", 0))}
            context = {"project": str(project)} if kind == "pipelines" else plain
            taken, largest = synthesize(app, assembly, context)
            seconds[kind].append(taken)
            memory[kind].append(largest)
            resources[kind] = count_resources(assembly)
    medians = {kind: statistics.median(times) for kind, times in seconds.items()}
    return {
        "pipelines": pipelines,
        "resources": resources,
        "cpu_seconds": seconds,
        "mebibytes": {kind: statistics.median(sizes) for kind, sizes in memory.items()},
        "median": medians,
        "ratios": {kind: medians["pipelines"] / seconds for kind, seconds in medians.items() if kind != "pipelines"},
    }


def main() -> None:
    """Measure, and print a table or a JSON document."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pipelines", type=int, default=50)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bench-synth-") as folder:
        found = measure(arguments.pipelines, arguments.repeat, Path(folder))
    if arguments.json:
        print(json.dumps(found, indent=2))
        return
    print(f"{'':<14}{'resources':>10}{'CPU time':>10}{'memory':>10}   each")
    for kind in APPS:
        each = "  ".join(f"{value:.2f}" for value in found["cpu_seconds"][kind])  # type: ignore[index]  # one document for all
        measured = f"{found['median'][kind]:>9.2f}s{found['mebibytes'][kind]:>6.0f} MiB"  # type: ignore[index]
        print(f"{kind:<14}{found['resources'][kind]:>10}{measured}   {each}")  # type: ignore[index]
    for kind, ratio in found["ratios"].items():  # type: ignore[attr-defined]
        print(f"{ratio:.2f} times as long as {kind}{' (at most 1.5)' if kind == 'plain stacks' else ''}")


if __name__ == "__main__":
    main()
