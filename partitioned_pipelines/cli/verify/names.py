"""The names of a throw-away copy: all that it makes begins with a prefix that nothing else has."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass

from partitioned_pipelines.cli.errors import CommandError
from partitioned_pipelines.lake.stack_names import data_lake_stack_name, pipeline_stack_name

_PREFIX = re.compile(r"verify-[0-9a-f]{8}")


@dataclass(frozen=True)
class Names:
    """What the copy's things are called.

    Attributes
    ----------
    prefix
        Begins each stack's name, and is the workgroup's.
    """

    prefix: str

    @classmethod
    def new(cls) -> Names:
        """Make names that nobody has."""
        return cls(f"verify-{secrets.token_hex(4)}")

    @classmethod
    def parse(cls, prefix: str) -> Names:
        """Take the prefix of an earlier verification; CommandError where it cannot be one."""
        if not _PREFIX.fullmatch(prefix):
            raise CommandError(
                f"{prefix!r} is not the prefix of a verification", "give the one that it named, such as verify-1a2b3c4d"
            )
        return cls(prefix)

    @property
    def pipeline(self) -> str:
        """The pipeline that writes; also the Glue database, and what all job names begin with."""
        return self.prefix.replace("-", "_")

    @property
    def reading_pipeline(self) -> str:
        """The pipeline that reads the other's table."""
        return f"{self.pipeline}_read"

    @property
    def database(self) -> str:
        """The Glue database of both."""
        return self.pipeline

    @property
    def queue(self) -> str:
        """The queue that listens to notifications."""
        return f"{self.prefix}-notifications"

    @property
    def schedule(self) -> str:
        """The schedule that fires once."""
        return f"{self.prefix}-once"

    @property
    def stacks(self) -> tuple[str, ...]:
        """The stacks, in the order in which they can be deleted."""
        return (
            pipeline_stack_name(self.prefix, f"{self.prefix}-read"),
            pipeline_stack_name(self.prefix, self.prefix),
            data_lake_stack_name(self.prefix),
        )

    @property
    def job_beginning(self) -> str:
        """What each processing job's name begins with."""
        return f"{self.prefix}-"
