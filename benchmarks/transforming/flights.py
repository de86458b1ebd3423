"""One way to transform flights as the flights pipeline does: python flights.py script|pandas SOURCE OUTPUT.

``script`` is the pipeline's own processing_scripts/flights/transform.py, unchanged, in the container and the image of its step.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

SCRIPTS = ROOT / "processing_scripts" / "flights"
KEYS = ["year", "month", "day"]
INTEGERS = [
    "flight",
    "sched_dep_time",
    "dep_time",
    "dep_delay",
    "sched_arr_time",
    "arr_time",
    "arr_delay",
    "air_time",
    "distance",
]
COLUMNS = ["carrier", "flight", "tailnum", "origin", "dest", *INTEGERS[1:], "scheduled_hour"]


def with_pandas(source: Path, output: Path) -> None:
    """Transform as in the article: everything in memory, one folder after another."""
    import pandas as pd

    flights = pd.read_parquet(source)
    for name in INTEGERS:
        flights[name] = pd.to_numeric(flights[name]).astype("Int32")
    flights["scheduled_hour"] = pd.to_datetime(flights["time_hour"], format="%Y-%m-%dT%H:%M:%SZ").astype(
        "datetime64[ms]"
    )
    for (year, month, day, origin), rows in flights.groupby([*KEYS, "origin"]):
        folder = output / f"year={year}" / f"month={month}" / f"day={day}"
        folder.mkdir(parents=True, exist_ok=True)
        rows.reindex(columns=COLUMNS).to_parquet(folder / f"{origin}.parquet", index=False)


def with_script(source: Path, output: Path) -> None:
    """Run the pipeline's script as a processing job would, with its folders at /opt/ml/processing."""
    from local_cloud.container import ContainerSpec, run_container
    from local_cloud.images import ImageStore
    from partitioned_pipelines.cli.target.locations import IMAGE_STORE

    image = ImageStore(IMAGE_STORE).build(SCRIPTS / "Dockerfile", SCRIPTS)
    # Next to the data: its files are hard links, not copies.
    with tempfile.TemporaryDirectory(dir=output.parent) as folder:
        processing = Path(folder, "processing")
        given = processing / "input" / "validate"
        given.mkdir(parents=True)
        (given / "flights.parquet").hardlink_to(source)
        output.rename(processing / "output")
        command = ("python3", str(SCRIPTS / "transform.py"), "--output-file-per", "origin")
        result = run_container(ContainerSpec(image=image, command=command, opt_ml=Path(folder)), on_line=print)
        (processing / "output").rename(output)
    sys.exit(result.exit_code)


if __name__ == "__main__":
    way, from_file, to_folder = sys.argv[1:]
    {"script": with_script, "pandas": with_pandas}[way](Path(from_file), Path(to_folder))
