"""What YAML can do and a pipeline file has no need of: found before anything is built from it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ruamel.yaml import YAML
from ruamel.yaml.events import (
    AliasEvent,
    CollectionEndEvent,
    CollectionStartEvent,
    DocumentStartEvent,
    MappingStartEvent,
    NodeEvent,
    ScalarEvent,
)
from ruamel.yaml.nodes import ScalarNode
from ruamel.yaml.parser import RoundTripParser

if TYPE_CHECKING:
    from ruamel.yaml.events import Event

_DEEPEST = 20
_TEXTS = frozenset({"tag:yaml.org,2002:str", "tag:yaml.org,2002:timestamp"})
_RESOLVER = YAML(typ="rt", pure=True).resolver


class UnwantedYamlError(ValueError):
    """A file uses an alias, a tag, a merge, a directive or a key that is no text, or is nested too deeply."""

    def __init__(self, message: str, event: Event | None = None) -> None:
        super().__init__(message)
        self.line: int = event.start_mark.line + 1 if event is not None else 1


class CheckedParser(RoundTripParser):
    """Refuses what a pipeline file has no need of, as each event is taken to be built from.

    Aliases are how a few lines become gigabytes; tags make objects; YAML 1.1 reads ``no`` as false.
    """

    def __init__(self, loader: Any) -> None:
        super().__init__(loader)
        # For each open collection: whether its next node is a key; None in a list.
        self._awaits_key: list[bool | None] = []

    def get_event(self) -> Event:
        """Take an event.

        Raises
        ------
        UnwantedYamlError
            If it is one that a pipeline file has no need of.
        """
        event: Event = super().get_event()
        self._check(event)
        return event

    def _check(self, event: Event) -> None:
        awaits_key = self._awaits_key
        if isinstance(event, DocumentStartEvent) and (event.version or event.tags):
            raise UnwantedYamlError("begins with a directive (%…): leave it out")
        if isinstance(event, AliasEvent):
            raise UnwantedYamlError("uses an alias (*name): write the value out", event)
        if isinstance(event, NodeEvent):
            _check_node(event, is_key=bool(awaits_key and awaits_key[-1]))
            if awaits_key and awaits_key[-1] is not None:
                awaits_key[-1] = not awaits_key[-1]
        if isinstance(event, CollectionStartEvent):
            awaits_key.append(True if isinstance(event, MappingStartEvent) else None)
            if len(awaits_key) > _DEEPEST:
                raise UnwantedYamlError(f"is nested more than {_DEEPEST} levels deep: that is no pipeline file", event)
        elif isinstance(event, CollectionEndEvent):
            awaits_key.pop()


def _check_node(event: NodeEvent, *, is_key: bool) -> None:
    if isinstance(event, ScalarEvent | CollectionStartEvent) and event.tag is not None:
        raise UnwantedYamlError(f"uses a tag ({event.tag}): leave it out", event)
    if not is_key:
        return
    if not isinstance(event, ScalarEvent):
        raise UnwantedYamlError("has a list or a mapping as a key: a key is a text", event)
    if event.value == "<<" and event.implicit[0]:
        raise UnwantedYamlError("uses a merge (<<): write the keys out", event)
    if str(_RESOLVER.resolve(ScalarNode, event.value, event.implicit)) not in _TEXTS:
        raise UnwantedYamlError(f"has the key {event.value}, which YAML does not read as text: put it in quotes", event)
