"""The clients of RegisterPartitions: they try again where that helps, and lose no time on what registering does not need."""

from __future__ import annotations

import gc
from datetime import datetime
from typing import TYPE_CHECKING

import boto3
import botocore.session
from botocore.config import Config
from botocore.utils import parse_timestamp

from lambdas.register_partitions.partition_lists import send_lists_as_they_are
from partitioned_pipelines.runtime.registration.registration import THREADS

if TYPE_CHECKING:
    from mypy_boto3_glue import GlueClient
    from mypy_boto3_s3 import S3Client

# Every call is safe to repeat. Adaptive mode slows down where Glue throttles, instead of giving up.
CONFIG = Config(
    retries={"mode": "adaptive", "total_max_attempts": 10},
    connect_timeout=5,
    read_timeout=20,
    max_pool_connections=THREADS,
    # Checking every partition against Glue's model would take 0.33 s of CPU for 10,000, where all else takes 0.75 s, and their lists are set
    # aside before (see partition_lists). The clients of the tests check every request.
    parameter_validation=False,
)


def read_timestamp(text: str) -> datetime:
    """Read a time of an answer as botocore does, and ISO 8601 in UTC, which each key of a listing carries, 500 times as fast.

    botocore's own way takes 40 to 80 µs: for 10,000 keys that is a third of all that registering them costs.
    """
    if isinstance(text, str) and text.endswith("Z"):  # Glue's times are numbers
        try:
            return datetime.fromisoformat(text)
        except ValueError:
            pass  # another form of a time, which botocore knows
    return parse_timestamp(text)


def build_clients() -> tuple[S3Client, GlueClient]:
    """Create the clients of S3 and Glue, for the region and the credentials of the environment."""
    core = botocore.session.get_session()
    # As the AWS CLI changes how times are read, before any client is made.
    core.get_component("response_parser_factory").set_parser_defaults(timestamp_parser=read_timestamp)
    session = boto3.Session(botocore_session=core)
    s3, glue = session.client("s3", config=CONFIG), session.client("glue", config=CONFIG)
    send_lists_as_they_are(glue)
    # What is there by now stays for as long as the process: looking through it for garbage again and again is a tenth of a registration's CPU.
    gc.freeze()
    # What a registration makes is in use until its end: it is looked through every 100,000 allocations, and not every 700.
    gc.set_threshold(100_000, 50, 50)
    return s3, glue
