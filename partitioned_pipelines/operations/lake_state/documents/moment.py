"""Moments of a document: datetimes in UTC, written with ``Z``."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import Field, PlainSerializer

from partitioned_pipelines.lake.intervals.instants import format_instant

Moment = Annotated[
    datetime,
    PlainSerializer(format_instant, return_type=Annotated[str, Field(json_schema_extra={"format": "date-time"})]),
]
"""A time in UTC, to the second."""
