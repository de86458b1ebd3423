"""The budget of the pages: what loads, paints and weighs how much, as a share of its limit.

    python benchmarks/page.py [--times 5] [--random]

A simulated lake of twelve pipelines and 400 intervals is served and written as a report. Chromium loads both, with its processor slowed four
times. Each line has a measured value, its limit, and the ratio of the two; above 1 is too much. On a busy machine, times are longer.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from types import ModuleType
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
sys.modules["tests"] = tests = ModuleType("tests")  # an installed package has this name, too
tests.__path__ = [str(ROOT / "tests")]

from partitioned_pipelines.cli.target.locations import node_folder
from partitioned_pipelines.page.assets import SCRIPT, STYLE
from partitioned_pipelines.page.pages import Pages
from tests.browser.simulated_site import report_of, served, with_costs
from tests.simulated_lake import simulate_lake

KB = 1024
LIMITS = {"paint": 600, "load": 1000}
TABLE = "analytics.flights"


def measured(seed: int | None, times: int) -> list[tuple[str, float, float, str]]:
    """Return what was measured: its name, the value, the limit and the unit."""
    chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if chromium is None:
        sys.exit("no Chromium on this machine: apt-get install chromium")
    simulated = with_costs(simulate_lake(random_states=seed))
    report = report_of(simulated).html().encode()
    run = next(iter(simulated.runs))
    paths = {"lake": "/", "table": f"/table/{TABLE}", "run": f"/run/{run}", "runs": "/runs", "cost": "/cost"}
    with tempfile.TemporaryDirectory() as folder, served(simulated) as lake:
        file, config = Path(folder) / "report.html", Path(folder) / "config.json"
        file.write_bytes(report)
        given = {"chromium": chromium, "url": lake.url, "file": str(file), "paths": paths, "times": times}
        config.write_text(json.dumps(given), encoding="utf-8")
        node = node_folder()
        driver = Path(__file__).with_name("page.mjs")
        command = [str(node / "node") if node else "node", str(driver), str(config)]
        found: dict[str, Any] = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
    begun = []
    for _ in range(times):
        start = time.process_time()
        Pages(simulated.lake).lake_page().html()
        begun.append((time.process_time() - start) * 1000)
    screens = [name for name in found if isinstance(found[name], dict)]
    return [
        *((f"{name}: {part}", found[name][part], limit, "ms") for name in screens for part, limit in LIMITS.items()),
        ("lake: elements", found["lake"]["elements"], 1500, ""),
        ("another window", found["window"], 250, "ms"),
        ("another page of the report", found["page"], 400, "ms"),
        ("script", len(SCRIPT.text.encode()) / KB, 15, "KB"),
        ("style", len(STYLE.text.encode()) / KB, 15, "KB"),
        ("report", len(report) / KB, KB, "KB"),
        ("render the first page", median(begun), 100, "ms of CPU"),
    ]


def main() -> None:
    """Print the measurements as a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--times", type=int, default=5)
    parser.add_argument("--random", action="store_true", help="give each interval a random state")
    arguments = parser.parse_args()
    for name, value, limit, unit in measured(7 if arguments.random else None, arguments.times):
        print(f"{name:32} {value:10,.1f} of {limit:6,} {unit:10} {value / limit:6.2f}")


if __name__ == "__main__":
    main()
