"""Who may read the pages: whoever has the token that was printed, or the cookie for which it was exchanged.

The port is on localhost, but other users of the machine reach it, too, and pages show logs that are read with this user's permissions.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from hmac import compare_digest
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from werkzeug import Request, Response

_BYTES: Final = 32


@dataclass(frozen=True)
class Session:
    """The session of one start of the server.

    Attributes
    ----------
    port
        The server's: browsers send a cookie to every port of a host, so that its name contains the port.
    token
        The secret that a person gets.
    """

    port: int
    token: str = field(default_factory=lambda: secrets.token_urlsafe(_BYTES), repr=False)
    _secret: str = field(default_factory=lambda: secrets.token_urlsafe(_BYTES), repr=False)

    @property
    def cookie(self) -> str:
        """The name of the cookie."""
        return f"pipelines-ui-{self.port}"

    def accepts(self, token: str) -> bool:
        """Return whether a token is the right one."""
        return compare_digest(token.encode(), self.token.encode())

    def begin(self, response: Response) -> None:
        """Add the cookie to a response. Scripts cannot read it, and no other site's page makes the browser send it."""
        response.set_cookie(self.cookie, self._secret, path="/", httponly=True, samesite="Strict")

    def is_open(self, request: Request) -> bool:
        """Return whether a request has the cookie."""
        return compare_digest(request.cookies.get(self.cookie, "").encode(), self._secret.encode())
