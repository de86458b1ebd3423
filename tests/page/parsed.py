"""Pages as elements: what a browser makes of them, as far as the tests look at it."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from partitioned_pipelines.page.pages import Page

_VOID = frozenset({"meta", "link", "input", "br"})
_SVG_EMPTY = frozenset({"path", "rect", "use", "line", "circle"})  # written as <path/>


@dataclass
class Element:
    """An element."""

    name: str
    attributes: dict[str, str]
    children: list[Element | str] = field(default_factory=list)

    def all(self, name: str = "", **attributes: str) -> list[Element]:
        """Return the descendants with a name and attributes, in order; ``class_`` is one of the classes."""
        wanted_class = attributes.pop("class_", None)
        return [
            each
            for each in self._descendants()
            if (not name or each.name == name)
            and all(each.attributes.get(key.replace("_", "-")) == value for key, value in attributes.items())
            and (wanted_class is None or wanted_class in each.attributes.get("class", "").split())
        ]

    def one(self, name: str = "", **attributes: str) -> Element:
        """Return the only descendant with a name and attributes."""
        (found,) = self.all(name, **attributes)
        return found

    @property
    def text(self) -> str:
        """The text of the element, with single spaces."""
        return " ".join(self.raw_text.split())

    @property
    def raw_text(self) -> str:
        """The text of the element as it is."""
        return "".join(each if isinstance(each, str) else each.raw_text for each in self.children)

    @property
    def shape(self) -> list[str]:
        """The names of its descendants with the names of their attributes, without any text."""
        return [f"{each.name}[{' '.join(sorted(each.attributes))}]" for each in self._descendants()]

    def _descendants(self) -> Iterator[Element]:
        for child in self.children:
            if isinstance(child, Element):
                yield child
                yield from child._descendants()


class _Parser(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open = [Element("", {})]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {name: value or "" for name, value in attrs})
        assert len(element.attributes) == len(attrs), f"an attribute of {tag} is there twice: {attrs}"
        self.open[-1].children.append(element)
        if tag not in _VOID:
            self.open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in _SVG_EMPTY, f"<{tag}/> is open in HTML"
        self.open[-1].children.append(Element(tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        assert self.open[-1].name == tag, f"</{tag}> ends {self.open[-1].name}"
        self.open.pop()

    def handle_data(self, data: str) -> None:
        self.open[-1].children.append(data)


def parse(document: str | Page) -> Element:
    """Return a document as elements; AssertionError if an element is not closed, or an attribute repeated."""
    parser = _Parser()
    parser.feed(document if isinstance(document, str) else document.html())
    parser.close()
    assert len(parser.open) == 1, f"{parser.open[-1].name} is not closed"
    return parser.open[0]
