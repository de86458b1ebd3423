"""A reader that polls the catalog between all calls of a writer, and records states that must never be visible."""

from __future__ import annotations

from dataclasses import dataclass, field
from threading import Lock
from typing import TYPE_CHECKING, Any

from moto.glue.models import glue_backends
from moto.s3.models import s3_backends

if TYPE_CHECKING:
    from tests.moto_lake import Lake

    Values = tuple[str, ...]

_ACCOUNT, _REGION = "123456789012", "ap-northeast-1"


@dataclass
class TableReader:
    """A reader of the catalog's memory, so that polling is not a call that could fail.

    Attributes
    ----------
    violations
        Partitions that disappeared after they existed, that showed neither their old location nor the new one, or whose old file was
        deleted before the new run was registered there.
    """

    lake: Lake
    old: dict[Values, str]
    new: dict[Values, str]
    violations: list[str] = field(default_factory=list)
    looks: int = 0
    _moved: set[Values] = field(default_factory=set)
    # A writer's threads poll, too: one poll ends before the next begins, or an older one would look like a step back.
    _looking: Lock = field(default_factory=Lock)

    def watch(self) -> None:
        """Poll after each call of the lake's clients from now on."""
        for client in (self.lake.s3, self.lake.glue):
            client.meta.events.register_first("after-call", self.look)

    def look(self, **_: Any) -> None:
        """Compare the catalog with the allowed states."""
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
        self._compare_files()

    def _compare_files(self) -> None:
        """Check files in place, where locations do not change: a partition's old content is visible until its stamp is the new run's."""
        if self.lake.layout != "in_place":
            return
        keys = s3_backends[_ACCOUNT]["aws"].buckets["lake"].keys
        stamps = {values: each["Parameters"]["run_id"] for values, each in self.partitions().items()}
        for values in self.old:
            is_new = values in self.new and stamps.get(values) == "r2"
            if not is_new and f"{self.lake.root('r1')}n={values[0]}/old.csv" not in keys:
                self.violations.append(
                    f"look {self.looks}: the file of {values} is gone, whose stamp is {stamps.get(values)}"
                )

    @classmethod
    def locations(cls) -> dict[Values, str]:
        """Return the partitions' locations."""
        return {values: each["StorageDescriptor"]["Location"] for values, each in cls.partitions().items()}

    @staticmethod
    def partitions() -> dict[Values, dict[str, Any]]:
        """Return the partitions in moto's memory, as they were put there."""
        return {tuple(each.values): each.partition_input for each in list(_table().partitions.values())}

    @staticmethod
    def storage_descriptor() -> dict[str, Any]:
        """Return the table's storage descriptor."""
        (version,) = _table().versions.values()
        descriptor: dict[str, Any] = version["StorageDescriptor"]
        return descriptor


def _table() -> Any:
    return glue_backends[_ACCOUNT][_REGION].databases["analytics"].tables["features"]
