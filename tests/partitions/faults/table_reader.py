"""A reader that looks at the catalog between any two calls of a writer, and remembers what it must never see."""

from __future__ import annotations

from dataclasses import dataclass, field
from threading import Lock
from typing import TYPE_CHECKING, Any

from moto.glue.models import glue_backends

if TYPE_CHECKING:
    from tests.partitions.conftest import Lake

    Values = tuple[str, ...]

_ACCOUNT, _REGION = "123456789012", "ap-northeast-1"


@dataclass
class TableReader:
    """Polls the catalog's own memory, so that its looking is no call that could fail.

    Attributes
    ----------
    violations
        Partitions that were gone though they had been there, or that showed neither their old location nor the new one.
    """

    lake: Lake
    old: dict[Values, str]
    new: dict[Values, str]
    violations: list[str] = field(default_factory=list)
    looks: int = 0
    _moved: set[Values] = field(default_factory=set)
    # A writer's threads look, too: one look ends before the next begins, or an older one would seem to be a step back.
    _looking: Lock = field(default_factory=Lock)

    def watch(self) -> None:
        """Look after each call of the lake's clients from now on."""
        for client in (self.lake.s3, self.lake.glue):
            client.meta.events.register_first("after-call", self.look)

    def look(self, **_: Any) -> None:
        """Compare what is there with what may be there."""
        with self._looking:
            self._compare()

    def _compare(self) -> None:
        self.looks += 1
        seen = self.locations()
        for values, location in self.old.items():
            if values not in seen:
                self.violations.append(f"look {self.looks}: {values} is gone, and was at {location}")
        for values, location in seen.items():
            if location not in (self.old.get(values), self.new.get(values)):
                self.violations.append(f"look {self.looks}: {values} is at {location}")
            if location == self.new.get(values):
                self._moved.add(values)
            elif values in self._moved:
                self.violations.append(f"look {self.looks}: {values} went back to {location}")

    @staticmethod
    def locations() -> dict[Values, str]:
        """Read the partitions out of moto's memory."""
        table = glue_backends[_ACCOUNT][_REGION].databases["analytics"].tables["features"]
        return {
            tuple(partition.values): partition.partition_input["StorageDescriptor"]["Location"]
            for partition in list(table.partitions.values())
        }
