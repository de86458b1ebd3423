"""The time from saving a script to rows in a query, by part: `feature_table`'s script is changed on a running local cloud.

    python benchmarks/loop.py [--repeat 3] [--json]

It works on a copy of the project, with a separate local cloud. Each round changes what the script writes, runs the pipeline and queries the
table, with the commands that a user would run; a round counts only if the query returns what the changed script wrote.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
DAY = "2021-12-15"
QUERY = f"SELECT DISTINCT y FROM analytics.partitioned_table_sample WHERE process_date_jst = '{DAY}'"  # noqa: S608 - no input
_DEPLOYED = re.compile(r"^deployed in ([\d.]+) s$", re.MULTILINE)
_STATE = re.compile(r"^  (\w+) +([\d.]+) s$", re.MULTILINE)


def pipelines(project: Path, *arguments: str | Path) -> tuple[float, str, str]:
    """Run a command that must succeed; return its seconds, its standard output and its standard error."""
    command = [str(word) for word in (Path(sys.executable).with_name("pipelines"), *arguments, "--project", project)]
    clean = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    started = time.monotonic()
    done = subprocess.run(command, cwd=ROOT, env=clean, capture_output=True, text=True, check=False)
    seconds = time.monotonic() - started
    if done.returncode:
        sys.exit(f"{' '.join(command)} failed:\n{done.stdout}{done.stderr}")
    return seconds, done.stdout, done.stderr


def one_round(project: Path, number: int) -> dict[str, float]:
    """Change the script, run and query; return the seconds of each part."""
    script = project / "processing_scripts" / "feature_table" / "transform.py"
    original = (ROOT / "processing_scripts" / "feature_table" / "transform.py").read_text(encoding="utf-8")
    mark = f"round {number}"
    line = "    df = df.reindex(columns=filter_col)\n"
    script.write_text(original.replace(line, f'{line}    df["y"] = "{mark}"\n'), encoding="utf-8")

    whole, _, said = pipelines(project, "run", "feature_table", "--date", DAY)
    query, answer, _ = pipelines(project, "query", QUERY, "--json")
    if json.loads(answer) != [{"y": mark}]:
        sys.exit(f"the query shows {answer.strip()}, and not what the changed script wrote: {mark}")
    deployed = _DEPLOYED.search(said)
    if deployed is None:
        sys.exit(f"nothing was deployed:\n{said}")
    states = {f"  {state}": float(seconds) for state, seconds in _STATE.findall(said)}
    parts = {"deploy": float(deployed[1]), **states}
    return {**parts, "command and waiting": whole - sum(parts.values()), "query": query, "all": whole + query}


def measure(repeat: int, folder: Path) -> list[dict[str, float]]:
    """Set up the project and its cloud once, and measure each round."""
    project = folder / "project"
    for part in ("pipelines", "processing_scripts"):
        shutil.copytree(ROOT / part, project / part)
    pipelines(project, "local", "up")
    try:
        raw = f"raw={ROOT / 'examples' / 'feature_table' / 'raw.csv'}"
        pipelines(project, "run", "feature_table", "--date", DAY, "--input", raw)
        return [one_round(project, number) for number in range(repeat)]
    finally:
        pipelines(project, "local", "down")


def main() -> None:
    """Measure, and print a table or a JSON document."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bench-loop-", ignore_cleanup_errors=True) as folder:
        rounds = measure(arguments.repeat, Path(folder))
    medians: dict[str, Any] = {part: statistics.median(each[part] for each in rounds) for part in rounds[0]}
    if arguments.json:
        print(json.dumps({"rounds": rounds, "median": medians}, indent=2))
        return
    for part, seconds in medians.items():
        print(f"{part:<24}{seconds:6.1f} s   {'  '.join(f'{each[part]:.1f}' for each in rounds)}")
    print("(medians; the aim is at most 3 s in all, on two idle cores)")


if __name__ == "__main__":
    main()
