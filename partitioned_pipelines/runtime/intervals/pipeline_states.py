"""The states of a pipeline's intervals: reads what is needed to decide them, and no more."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from partitioned_pipelines.runtime.intervals.state_rule import find_states
from partitioned_pipelines.runtime.intervals.table_reader import explain, read_evidence

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mypy_boto3_glue import GlueClient
    from mypy_boto3_s3 import S3Client

    from partitioned_pipelines.lake.intervals.interval import Interval
    from partitioned_pipelines.runtime.intervals.attempts import Attempts
    from partitioned_pipelines.runtime.intervals.evidence import TableEvidence
    from partitioned_pipelines.runtime.intervals.interval_state import IntervalState
    from partitioned_pipelines.runtime.intervals.table_reader import IntervalTable


@dataclass(frozen=True)
class PipelineStates:
    """The tables and the executions of a pipeline, which tell the states of its intervals."""

    s3: S3Client
    glue: GlueClient
    tables: Sequence[IntervalTable]
    attempts: Attempts

    def of(
        self, intervals: Sequence[Interval], *, thorough: bool = False, why: Sequence[Interval] | None = None
    ) -> list[IntervalState]:
        """Return the states of intervals, which are in order and do not overlap.

        Parameters
        ----------
        why
            The intervals for which failed executions are looked for, if they are missing; default: all. The others that are missing count
            as never started. If a table's runs leave no marks, executions are looked for about all of them.
        thorough
            Whether to read also what explains a missing interval if none is missing: it tells which runs published the others.

        Raises
        ------
        RegistrationError
            If a table is not in the Data Catalog.
        """
        if not intervals:
            return []
        span = intervals[0].start, intervals[-1].end
        read_all = "whole" in vars(self)  # so that the part need not be read again
        evidence = self.whole if read_all else [read_evidence(self.s3, self.glue, table, span) for table in self.tables]
        attempts = self.attempts.still_open()
        found = find_states(intervals, evidence, attempts)
        missing = [each.interval for each in found if each.missing]
        if not missing and not thorough:
            return found
        evidence = self.explained if read_all else self._explain(evidence)
        unmarked = bool(self.unmarked_tables)
        explained = missing if unmarked or why is None else [each for each in missing if each in why]
        if explained:
            attempts += self.attempts.explaining(explained, succeeded=unmarked)
        return find_states(intervals, evidence, attempts)

    @property
    def unmarked_tables(self) -> list[str]:
        """The tables whose runs leave no marks, so that executions, which are kept for 90 days, take their place."""
        return [table.address.full_name for table in self.tables if not table.marks_publishing]

    @cached_property
    def whole(self) -> list[TableEvidence]:
        """What tells which intervals of the tables are published, at any time."""
        return [read_evidence(self.s3, self.glue, table, None) for table in self.tables]

    @cached_property
    def explained(self) -> list[TableEvidence]:
        """What tells, in addition, why intervals are not published, at any time."""
        return self._explain(self.whole)

    def _explain(self, evidence: Sequence[TableEvidence]) -> list[TableEvidence]:
        return [explain(self.s3, self.glue, table, known) for table, known in zip(self.tables, evidence, strict=True)]
