"""The evidence of one table, read from the catalog, its interval marks and its receipts."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING, Literal

from partitioned_pipelines.lake.partitions.extent import fit_in
from partitioned_pipelines.runtime.history.receipts import Receipt, read_receipt
from partitioned_pipelines.runtime.intervals.evidence import Answers, TableEvidence
from partitioned_pipelines.runtime.intervals.mark_reader import list_marks, read_unmarked
from partitioned_pipelines.runtime.intervals.partitions import shown_in_catalog, shown_in_folders
from partitioned_pipelines.runtime.intervals.withdrawal import find_withdrawn

if TYPE_CHECKING:
    from datetime import datetime

    from mypy_boto3_glue import GlueClient
    from mypy_boto3_s3 import S3Client

    from partitioned_pipelines.lake.intervals.execution_input import IntervalRule
    from partitioned_pipelines.runtime.history.table_address import TableAddress
    from partitioned_pipelines.runtime.intervals.partitions import TableKeys


@dataclass(frozen=True, slots=True)
class IntervalTable:
    """A table whose intervals are examined.

    Attributes
    ----------
    registration
        As in the pipeline file.
    rule
        The rule of the pipeline's schedule.
    """

    address: TableAddress
    keys: TableKeys
    registration: Literal["lambda", "msck", "projection"]
    rule: IntervalRule

    @property
    def answers(self) -> Answers:
        """Who can tell whether an interval is published."""
        fits = fit_in(self.keys.formats, self.rule.calendar.cadence)
        return Answers.PARTITIONS if fits else Answers.RUNS

    @property
    def marks_publishing(self) -> bool:
        """Whether runs leave a record of what they publish."""
        return self.registration == "lambda"


def read_evidence(
    s3: S3Client, glue: GlueClient, table: IntervalTable, span: tuple[datetime, datetime] | None
) -> TableEvidence:
    """Read what tells which intervals are published.

    Parameters
    ----------
    span
        The time in question; None for all partitions, and the first mark, which show when the table begins.

    Raises
    ------
    RegistrationError
        If the table is not in the Data Catalog.
    """
    address, answers = table.address, table.answers
    evidence = TableEvidence(address.full_name, answers, marks_publishing=table.marks_publishing)
    if answers is Answers.RUNS:
        return explain(s3, glue, table, evidence)
    marks = list_marks(s3, address, span)
    evidence = replace(evidence, marks=list(marks) if span else list(islice(marks, 1)))
    if table.registration == "projection":
        return replace(evidence, partitions=list(shown_in_folders(s3, address.data, table.keys)))
    return replace(evidence, partitions=list(shown_in_catalog(glue, address, table.keys, span)))


def explain(s3: S3Client, glue: GlueClient, table: IntervalTable, evidence: TableEvidence) -> TableEvidence:
    """Add what explains why an interval is not published: all marks, receipts without a mark, drops and rollbacks."""
    # Imported here: the watch rarely needs it, and each import delays a cold start.
    from partitioned_pipelines.runtime.history.reader import HistoryReader

    address = table.address
    marks = list(list_marks(s3, address))
    if not table.marks_publishing:
        return replace(evidence, marks=marks)
    unmarked = read_unmarked(s3, address, frozenset(mark.run_id for mark in marks), table.rule)
    read = (read_receipt(s3, address, key) for key in unmarked.operations)
    operations = [receipt for receipt in read if isinstance(receipt, Receipt)]
    extents = (table.keys.extent(values) for receipt in operations for values in receipt.dropped)
    by_runs = bool(operations) and evidence.answers is Answers.RUNS
    return replace(
        evidence,
        marks=[*marks, *unmarked.marks],
        dropped=[extent for extent in extents if extent],
        withdrawn=find_withdrawn(HistoryReader(s3, glue, address).read_receipts_alone()) if by_runs else {},
    )
