"""Write the names of the table's files on this host, and their numbers of rows."""

import json
import os
from pathlib import Path

from orders import obey  # type: ignore[import-not-found]  # in the job, both files are in one folder

for order in sorted(Path("/opt/ml/processing/input/orders").glob("*.txt")):
    obey(order.read_text(encoding="utf-8"))
host = json.loads(Path("/opt/ml/config/resourceconfig.json").read_text(encoding="utf-8"))["current_host"]
folder = Path("/opt/ml/processing/input/lines")
files = sorted(path for path in folder.rglob("*") if path.is_file())
partition = Path("/opt/ml/processing/output") / f"dt={os.environ['PROCESS_DATE']}"
partition.mkdir()
rows = [
    f"{host},{path.relative_to(folder).as_posix()},{len(path.read_text(encoding='utf-8').splitlines())}\n"
    for path in files
]
(partition / f"{host}.csv").write_text("".join(rows), encoding="utf-8")
