"""What stands in a definition for values that only CloudFormation knows, while the SDK looks at it."""

from __future__ import annotations

import hashlib
import re
from typing import Any

# https://docs.aws.amazon.com/cdk/v2/guide/tokens.html
_TOKEN = re.compile(r"\$\{Token\[[^\]]*\]\}")


class StandIns:
    """Takes the CDK's tokens out of texts and puts them back: inside an ``s3://`` URI the SDK refuses them.

    Parameters
    ----------
    content
        Of the pipeline's file: no text in it holds its own hash, so none is taken for a stand-in.
    """

    def __init__(self, content: str) -> None:
        self._nonce = hashlib.sha256(content.encode()).hexdigest()[:16]
        self._by_token: dict[str, str] = {}

    def put(self, value: Any) -> Any:
        """Replace the tokens in a document."""
        if isinstance(value, str):
            return _TOKEN.sub(lambda found: self._stand_in(found[0]), value)
        if isinstance(value, dict):
            return {key: self.put(inner) for key, inner in value.items()}
        if isinstance(value, list | tuple):
            return [self.put(inner) for inner in value]
        return value

    def restore(self, text: str) -> str:
        """Put the tokens back."""
        for token, stand_in in self._by_token.items():
            text = text.replace(stand_in, token)
        return text

    def _stand_in(self, token: str) -> str:
        return self._by_token.setdefault(token, f"token-{len(self._by_token)}-{self._nonce}")
