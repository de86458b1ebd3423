"""The style and the script, which a server delivers by the hash of their content, and a file contains."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Final

_FOLDER: Final = Path(__file__).parent
TEMPLATES: Final = _FOLDER / "templates"
"""The folder of the templates."""


@dataclass(frozen=True)
class Asset:
    """A file that pages use.

    Attributes
    ----------
    content_type
        Of the HTTP header.
    """

    name: str
    content_type: str

    @cached_property
    def text(self) -> str:
        """Its content, without indentation and lines that are comments."""
        lines = map(str.strip, (_FOLDER / self.name).read_text(encoding="utf-8").splitlines())
        return "".join(f"{line}\n" for line in lines if line and not line.startswith(("//", "/*")))

    @cached_property
    def served_name(self) -> str:
        """Its name with a hash of its content, by which it may be cached forever: ``page-0123456789ab.css``."""
        stem, _, suffix = self.name.rpartition(".")
        return f"{stem}-{sha256(self.text.encode()).hexdigest()[:12]}.{suffix}"

    @cached_property
    def source(self) -> str:
        """Its source expression in a content security policy, if a page contains it.

        https://www.w3.org/TR/CSP3/#grammardef-hash-source
        """
        return f"'sha256-{b64encode(sha256(self.text.encode()).digest()).decode()}'"


STYLE: Final = Asset("page.css", "text/css; charset=utf-8")
SCRIPT: Final = Asset("page.js", "text/javascript; charset=utf-8")
