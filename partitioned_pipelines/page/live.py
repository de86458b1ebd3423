"""What a server knows of its own reading, which pages show beside what was read."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Live:
    """The state of a server's reading.

    Attributes
    ----------
    version
        Identifies what was read: the ETag of ``/api/lake.json``. Pages ask for it, and load their parts again if it differs.
    every
        Seconds between two questions.
    reading
        The tables that are being read for the first time: nothing is known of them yet.
    note
        What people should know of the age of what they see: ``read 5 minutes ago; reading again…``. Empty if there is nothing to say.
    """

    version: str
    every: int = 60
    reading: frozenset[str] = field(default=frozenset())
    note: str = ""
