"""Only files in an output are uploaded; any other entry is not read, and fails the job by its name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from cloud_under_test.extras import needs_namespaces
from cloud_under_test.processing_jobs import s3_output
from local_cloud.container.written_files import read_message, written_files

if TYPE_CHECKING:
    from pathlib import Path

Aws = Any
CreateJob = Any
OUTPUT = "/opt/ml/processing/output"
BEFORE = f"""
import os, pathlib, socket
here = pathlib.Path("{OUTPUT}")
(here / "dt=1").mkdir(parents=True)
(here / "dt=1" / "good.csv").write_text("1")
os.chdir(here)
"""
SECRET = "aws_secret_access_key = of the developer"

# The script's action, and a part of the job's FailureReason.
REFUSED = [
    ("os.symlink(SECRET, 'dt=1/link.csv')", "dt=1/link.csv is a symbolic link to"),
    ("os.symlink('good.csv', 'dt=1/inside.csv')", "dt=1/inside.csv is a symbolic link to 'good.csv'"),
    ("os.symlink(os.path.dirname(SECRET), 'dt=2')", "dt=2 is a symbolic link to"),
    ("os.symlink('/nowhere', 'dangling')", "dangling is a symbolic link to '/nowhere'"),
    ("os.chdir('/'); os.rename('{OUTPUT}', '/opt/ml/processing/old'); os.symlink(os.path.dirname(SECRET), '{OUTPUT}')", "not a folder"),
    ("os.mkfifo('dt=1/pipe')", "dt=1/pipe is a FIFO"),
    ("socket.socket(socket.AF_UNIX).bind('sock')", "sock is a socket"),
    ("open(b'dt=1/caf\\xe9.csv', 'w').close()", r"b'caf\xe9.csv', a name that is not UTF-8"),
    ("os.mkdir(b'dt=\\xff'); open(b'dt=\\xff/a', 'w').close()", r"b'dt=\xff', a name that is not UTF-8"),
    ("p = '/'.join(['é' * 100] * 6); os.makedirs(p); open(p + '/a', 'w').close()", "above S3's limit of 1024"),
    ("for _ in range(3000): os.mkdir('d'); os.chdir('d')", "more than 512 levels of folders"),
]  # fmt: skip


@needs_namespaces
@pytest.mark.parametrize("mode", ["EndOfJob", "Continuous"])
@pytest.mark.parametrize(("does", "says"), REFUSED, ids=[says[:40] for _, says in REFUSED])
def test_what_is_not_a_file_fails_the_job_by_name(
    aws: Aws, create_job: CreateJob, bucket: str, tmp_path: Path, does: str, says: str, mode: str
) -> None:
    secret = tmp_path / "aws" / "credentials"
    secret.parent.mkdir()
    secret.write_text(SECRET)
    script = f"SECRET = {str(secret)!r}\n{BEFORE}{does.replace('{OUTPUT}', OUTPUT)}\n"
    output = s3_output("result", f"s3://{bucket}/out", OUTPUT)
    output["S3Output"]["S3UploadMode"] = mode
    job = create_job(script, ProcessingOutputConfig={"Outputs": [output]})
    assert job["ProcessingJobStatus"] == "Failed", job
    assert (
        job["FailureReason"].startswith("ClientError: Data upload failed: /opt/ml/processing/output")
        or "has a key of" in job["FailureReason"]
    )
    assert says in job["FailureReason"]
    objects = aws("s3").list_objects_v2(Bucket=bucket, Prefix="out/").get("Contents", [])
    bodies = [aws("s3").get_object(Bucket=bucket, Key=item["Key"])["Body"].read() for item in objects]
    assert SECRET.encode() not in bodies
    if mode == "EndOfJob":
        assert bodies == [], "an output is uploaded as a whole or not at all"


@needs_namespaces
@pytest.mark.parametrize(
    ("does", "says"),
    [
        ("os.symlink(SECRET, M)", "is a symbolic link, and links are not followed"),
        ("os.mkfifo(M)", "is a FIFO"),
        ("os.mkdir(M)", "is not a file"),
        (
            "os.rmdir('/opt/ml/output'); os.symlink(os.path.dirname(SECRET), '/opt/ml/output')",
            "/opt/ml/output is not a folder",
        ),
        ("open(M, 'w').write('why ' + 'é' * 1000)", "why é"),
        ("open(M, 'wb').write(b'why \\xff' + bytes(10))", "why \ufffd"),
    ],
)
def test_a_message_is_read_without_following_it(create_job: CreateJob, tmp_path: Path, does: str, says: str) -> None:
    (tmp_path / "message").write_text(SECRET)
    before = f"import os\nSECRET = {str(tmp_path / 'message')!r}\nM = '/opt/ml/output/message'\n"
    job = create_job(f"{before}{does}\nraise SystemExit(3)")
    assert job["ProcessingJobStatus"] == "Failed"
    assert says in job["ExitMessage"]
    assert SECRET not in job["ExitMessage"] + job["FailureReason"]


def test_of_a_large_message_the_first_kilobyte_is_read(tmp_path: Path) -> None:
    (tmp_path / "output").mkdir()
    with (tmp_path / "output" / "message").open("wb") as message:
        message.write(b"x" + "é".encode() * 600)
        message.truncate(2 * 1024**3)  # a sparse file of two gigabytes
    text = read_message(tmp_path)
    assert text == "x" + "é" * 511, "1,024 bytes, without the half of a character"


def test_a_folder_that_is_gone_holds_nothing(tmp_path: Path) -> None:
    assert list(written_files(tmp_path, "processing/output")) == []
    assert read_message(tmp_path) == ""
