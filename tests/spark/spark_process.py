"""A script run by Spark in a separate process."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any


def run_by_spark(script: Path, folder: Path, document: object = None) -> Any:
    """Run a script with a working folder and a document on its standard input; return the document on its standard output."""
    environment = {**os.environ, "LC_ALL": "C.UTF-8", "PYSPARK_PYTHON": sys.executable}
    for variable in ("AWS_ENDPOINT_URL", "SPARK_HOME"):
        environment.pop(variable, None)
    done = subprocess.run(
        [sys.executable, script, folder],
        input=json.dumps(document),
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-4000:]
    return json.loads(done.stdout)
