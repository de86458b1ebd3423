"""Templates to HTML: whatever people and scripts wrote stays text.

The only module that calls a string HTML. It does so with what a template has rendered, all of whose values were escaped.
"""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from partitioned_pipelines.lake.shell_words import shown_command
from partitioned_pipelines.lake.unsafe_text import UNSAFE, visible
from partitioned_pipelines.operations.lake_state.interval_letters import NAME_OF
from partitioned_pipelines.operations.lake_state.shown_spans import span, spans
from partitioned_pipelines.page import wording
from partitioned_pipelines.page.assets import TEMPLATES


def render(template: str, **values: object) -> Markup:
    """Return what a template renders, as HTML.

    Raises
    ------
    jinja2.UndefinedError
        If a value that the template names is not there.
    """
    return Markup(_environment().get_template(template).render(**values))  # noqa: S704  # the environment has escaped the values


def element_content(text: str, closing: str) -> Markup:
    """Return our own style or script as the content of its element.

    Raises
    ------
    ValueError
        If it would end the element.
    """
    if closing in text.lower():
        raise ValueError(f"the text contains {closing}, which ends its element")
    return Markup(text)  # noqa: S704  # a file of this package


def readable(text: str) -> str:
    r"""Return a string in which characters that a browser obeys, but does not show, are escaped: ``\x00``, ``\u202e``.

    Line feeds and tabs are shown by a browser.
    """
    return UNSAFE.sub(lambda found: found[0] if found[0] in "\n\t" else visible(found[0]), text)


def embedded_json(document: object) -> Markup:
    r"""Return a JSON document as the content of a script element: ``<`` is ``\u003c``, so that it cannot end the element."""
    text = json.dumps(_readable_leaves(document), ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    escaped = text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
    return Markup(escaped)  # noqa: S704  # it holds no character that HTML gives a meaning


def _readable_leaves(document: Any) -> Any:
    match document:
        case str():
            return readable(document)
        case dict():
            return {name: _readable_leaves(value) for name, value in document.items()}
        case list() | tuple():
            return [_readable_leaves(value) for value in document]
        case _:
            return document


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_finalized,
    )
    environment.filters |= {
        "json": embedded_json,
        "inside": element_content,
        "bytes": wording.size,
        "number": wording.number,
        "duration": wording.duration,
        "shell": shown_command,
        "spans": spans,
        "capitalized": wording.capitalized,
        "cut": wording.cut,
        "first_line": wording.first_line,
    }
    environment.globals |= {"name_of": NAME_OF, "count": wording.count, "span": span}
    return environment


def _finalized(value: Any) -> Any:
    """Return a value as a template prints it: None is an error of the template."""
    if value is None:
        raise TypeError("a template prints None: say what is unknown, and why")
    return readable(value) if isinstance(value, str) and not isinstance(value, Markup) else value
