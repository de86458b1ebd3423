"""Tests of ``pipelines step`` for every kind of step: managed images, Spark, and an image's command. Their stand-ins are plain Python."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from cloud_under_test.extras import PYSPARK, needs_java, needs_pyspark
from local_cloud.images import ImageStore
from partitioned_pipelines.cli.target.locations import IMAGE_STORE
from tests.end_to_end.deployment import PROJECTS

FROM = f"FROM python:{sys.version_info.major}.{sys.version_info.minor}-slim\n"
SHOUT = """\
import json, os, sys
from pathlib import Path

if "/code" in __file__:
    import beside
text = Path("/opt/ml/processing/input/text/20261120.txt").read_text()
job = json.loads(Path("/opt/ml/config/processingjobconfig.json").read_text())
hosts = json.loads(Path("/opt/ml/config/resourceconfig.json").read_text())
folder = Path("/opt/ml/processing/output") / f"dt={os.environ['PROCESS_DATE']}"
folder.mkdir(parents=True)
inputs = [given["S3Input"]["LocalPath"] for given in job["ProcessingInputs"]]
(folder / "words.csv").write_text(f"{text.upper()},{sys.argv[1:]},{inputs},{hosts['hosts']}\\n")
"""
SHOUTED = "A CAT,{},['/opt/ml/processing/input/text'],['algo-1']\n"
# As in the documentation of Spark steps: the output goes to the URI in the job's description.
SPARK = """\
import json, sys
from beside import COLUMN
from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()
job = json.load(open("/opt/ml/config/processingjobconfig.json"))
(given,), (output,) = job["ProcessingInputs"], job["ProcessingOutputConfig"]["Outputs"]
frame = spark.read.text(given["S3Input"]["S3Uri"]).selectExpr("upper(value) AS word", f"'2026-11-20' AS {COLUMN}")
print("shuffles", spark.conf.get("spark.sql.shuffle.partitions"), sys.argv[1:])
frame.coalesce(1).write.partitionBy(COLUMN).mode("overwrite").csv(output["S3Output"]["S3Uri"])
"""


def with_step(project: Path, image: str, run: str) -> Path:
    """Return the project with its step's image and command replaced."""
    file = Path("pipelines", "word_count.yaml")
    text = (PROJECTS / "outside" / file).read_text(encoding="utf-8")
    text = text.replace("{dockerfile: code/Dockerfile}", image).replace("    script: code/count_words.py\n", run)
    (project / file).write_text(text, encoding="utf-8")
    (project / "empty.txt").write_text("# nothing but Python\n", encoding="utf-8")
    (project / "code" / "shout.py").write_text(SHOUT, encoding="utf-8")
    (project / "code" / "beside.py").write_text('COLUMN = "dt"\n', encoding="utf-8")
    return project


def step(project: Path) -> subprocess.CompletedProcess[str]:
    (project / "text").write_text("a cat", encoding="utf-8")
    command = [
        str(Path(sys.executable).with_name("pipelines")), "step", "word_count", "count", "--date", "2026-11-20",
        "--input", f"text={project / 'text'}", "--output", str(project / "out"), "--project", str(project), "--json",
    ]  # fmt: skip
    return subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)


def test_a_script_on_a_managed_image(project: Path) -> None:
    image = "{sklearn: 1.4-2, local_requirements: empty.txt}"
    done = step(with_step(project, image, "    script: code/shout.py\n"))
    assert done.returncode == 0, done.stderr
    written = project / "out" / "dt=2026-11-20" / "words.csv"
    assert json.loads(done.stdout)["files"] == [str(written)]
    assert written.read_text() == SHOUTED.format(["--words", "3"])


def test_a_command_of_the_image(project: Path) -> None:
    with_step(project, "{dockerfile: code/Dockerfile}", '    entrypoint: [python3, shout.py, "a b"]\n')
    # The image's own ENTRYPOINT is not run: the step overrides it.
    dockerfile = FROM + 'WORKDIR /app\nCOPY shout.py .\nENTRYPOINT ["false"]\n'
    (project / "code" / "Dockerfile").write_text(dockerfile, encoding="utf-8")
    done = step(project)
    assert done.returncode == 0, done.stderr
    assert (project / "out/dt=2026-11-20/words.csv").read_text() == SHOUTED.format(["a b", "--words", "3"])


def test_a_command_that_the_image_has_not(project: Path) -> None:
    image = "{uri: example.com/image:1, local_requirements: empty.txt}"
    done = step(with_step(project, image, "    entrypoint: [no-such-program]\n"))
    assert done.returncode == 1
    assert json.loads(done.stdout)["exit_code"] == 127
    assert "no-such-program: the image has no such program" in done.stderr
    assert "Traceback" not in done.stderr


def test_spark_says_when_its_stand_in_has_no_pyspark(project: Path) -> None:
    image = '{spark: "3.5", local_requirements: empty.txt}'
    done = step(with_step(project, image, "    script: code/shout.py\n"))
    assert done.returncode == 1
    assert "has no pyspark: add it to the image's local requirements" in json.loads(done.stdout)["exit_message"]
    assert not list((project / "out").rglob("*.csv"))


@pytest.mark.heavy
@needs_pyspark
@needs_java
def test_spark_reads_and_writes_by_the_uris_of_its_job(project: Path) -> None:
    image = '{spark: "3.5", local_requirements: spark.txt}'
    settings = "{Classification: spark-defaults, Properties: {spark.sql.shuffle.partitions: '3'}}"
    run = f"    script: code/spark/words.py\n    spark: {{py_files: [code/beside.py], configuration: [{settings}]}}\n"
    with_step(project, image, run)
    (project / "code" / "spark").mkdir()
    (project / "code" / "spark" / "words.py").write_text(SPARK, encoding="utf-8")
    # The stand-in uses this environment's PySpark, which avoids an installation of 400 MB.
    assert PYSPARK is not None
    assert PYSPARK.origin is not None
    (project / "spark.txt").write_text("# PySpark comes by a .pth file, for a test\n", encoding="utf-8")
    (site_packages,) = ImageStore(IMAGE_STORE).stand_in(project / "spark.txt").venv.glob("lib/python*/site-packages")
    (site_packages / "pyspark.pth").write_text(str(Path(PYSPARK.origin).parents[1]), encoding="utf-8")
    done = step(project)
    assert done.returncode == 0, done.stderr
    assert re.search(r"shuffles 3 \['--words', '3'\]", done.stderr)
    out = project / "out"
    (words,) = out.glob("dt=2026-11-20/part-*.csv")
    assert words.read_text() == "A CAT\n"
    assert json.loads(done.stdout)["files"] == [str(out / "_SUCCESS"), str(words)]
