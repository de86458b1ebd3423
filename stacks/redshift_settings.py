"""Whether Redshift Spectrum reads the lake, and for whom, read once from the CDK context."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline_spec import group_problem
from stacks.invalid_context import InvalidContextError

if TYPE_CHECKING:
    import constructs


DEFAULT_GROUP = "analysts"


@dataclass(frozen=True, slots=True)
class RedshiftSettings:
    """What a deployment says of Redshift.

    Attributes
    ----------
    group
        The group of Redshift's users that the statements in the stack's outputs let in.
    """

    group: str = DEFAULT_GROUP

    @classmethod
    def from_context(cls, node: constructs.Node) -> RedshiftSettings | None:
        """Read the context; None where Redshift is to read nothing.

        Raises
        ------
        InvalidContextError
            Where a value is not one of those that are possible.
        """
        asked = str(node.try_get_context("redshift") or "false")
        if asked.lower() not in {"true", "false"}:
            raise InvalidContextError(f"context redshift={asked!r}: give true or false")
        group = node.try_get_context("redshift_group")
        if asked.lower() == "false":
            if group is not None:
                raise InvalidContextError(f"context redshift_group={group!r}: it is for redshift=true; add that")
            return None
        group = DEFAULT_GROUP if group is None else str(group)
        if problem := group_problem(group):
            raise InvalidContextError(f"context redshift_group {problem}")
        return cls(group)
