"""The constraints of a model, collected once: checking a hundred entries then takes well under a millisecond."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from local_cloud.request_validation.patterns import compile_pattern

if TYPE_CHECKING:
    import re

    from botocore.model import Shape

_LONGEST_REMEMBERED = 128
_MOST_REMEMBERED = 512
# Glue's API reference counts characters, its guide bytes; the stricter one is used.
# https://docs.aws.amazon.com/glue/latest/dg/aws-glue-api-catalog-tables.html
_COUNTED_IN_BYTES = frozenset({"CommentString", "DescriptionString"})


@dataclass(eq=False, slots=True)
class Rule:
    """The constraints of one shape.

    Attributes
    ----------
    kind
        botocore's type name: ``structure``, ``list``, ``map``, ``string``, ``integer`` and so on.
    members
        The members of a structure: their names and rules, by their names in the request.
    required
        The names, in the request, of a structure's required members.
    item, key
        The rules of the values of a list or map, and of the keys of a map.
    """

    kind: str
    minimum: float | None = None
    maximum: float | None = None
    pattern: str | None = None
    expression: re.Pattern[str] | None = None
    enum: tuple[str, ...] = ()
    sensitive: bool = False
    in_bytes: bool = False
    members: dict[str, tuple[str, Rule]] = field(default_factory=dict)
    required: tuple[str, ...] = ()
    item: Rule | None = None
    key: Rule | None = None
    # Accepted strings: names of columns, formats and classes are repeated with each partition.
    _accepted: set[str] = field(default_factory=set)

    def broken_by(self, value: str) -> list[str]:
        """Return the constraints that a string violates."""
        if value in self._accepted:
            return []
        broken = self.length_broken_by(len(value.encode(errors="surrogatepass")) if self.in_bytes else len(value))
        if self.enum and value not in self.enum:
            broken.append(f"Member must satisfy enum value set: [{', '.join(self.enum)}]")
        if self.expression is not None and not self.expression.fullmatch(value):
            broken.append(f"Member must satisfy regular expression pattern: {self.pattern}")
        if not broken and len(value) <= _LONGEST_REMEMBERED and len(self._accepted) < _MOST_REMEMBERED:
            self._accepted.add(value)
        return broken

    def length_broken_by(self, length: int) -> list[str]:
        """Return the constraints that a length violates."""
        broken = []
        if self.maximum is not None and length > self.maximum:
            broken.append(f"Member must have length less than or equal to {self.maximum}")
        if self.minimum is not None and length < self.minimum:
            broken.append(f"Member must have length greater than or equal to {self.minimum}")
        return broken

    def range_broken_by(self, value: float) -> list[str]:
        """Return the constraints that a number violates."""
        broken = []
        if self.maximum is not None and value > self.maximum:
            broken.append(f"Member must have value less than or equal to {self.maximum}")
        if self.minimum is not None and value < self.minimum:
            broken.append(f"Member must have value greater than or equal to {self.minimum}")
        return broken


def rule_of(shape: Shape, *, serialized: bool = True) -> Rule:
    """Return the rule of a shape, with the rules of its members.

    Parameters
    ----------
    shape
        botocore's shape.
    serialized
        Whether requests have serialized names (``locationName``) or the members' names.
    """
    return _gather(shape, serialized, {})


def _gather(shape: Any, serialized: bool, known: dict[str, Rule]) -> Rule:
    if shape.name in known:
        return known[shape.name]
    limits = shape.metadata
    pattern = limits.get("pattern")
    rule = known[shape.name] = Rule(
        kind=shape.type_name,
        minimum=limits.get("min"),
        maximum=limits.get("max"),
        pattern=pattern,
        expression=compile_pattern(pattern) if pattern else None,
        enum=tuple(limits.get("enum", ())),
        sensitive=bool(limits.get("sensitive")),
        in_bytes=shape.name in _COUNTED_IN_BYTES,
    )
    if shape.type_name == "structure":
        names = {
            name: member.serialization.get("name", name) if serialized else name
            for name, member in shape.members.items()
        }
        rule.members = {
            names[name]: (name, _gather(member, serialized, known)) for name, member in shape.members.items()
        }
        rule.required = tuple(names[name] for name in shape.required_members)
    elif shape.type_name == "list":
        rule.item = _gather(shape.member, serialized, known)
    elif shape.type_name == "map":
        rule.item, rule.key = _gather(shape.value, serialized, known), _gather(shape.key, serialized, known)
    return rule
