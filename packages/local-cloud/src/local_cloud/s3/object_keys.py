"""Keys of objects: UTF-8 of at most 1,024 bytes, which may contain line breaks.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_to_bytes
from xml.sax.saxutils import escape

import moto.moto_server.werkzeug_app as werkzeug_app
from moto.moto_server.utilities import RegexConverter

from local_cloud.patching import replace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from wsgiref.types import StartResponse, WSGIEnvironment

LONGEST_KEY_BYTES = 1024
_SIGNED_FOR_S3 = re.compile(r"(?:/|%2F)s3(?:/|%2F)aws4_request|^AWS |[?&]AWSAccessKeyId=", re.IGNORECASE)
_HOST_OF_A_BUCKET = re.compile(r".+\.(?:localhost|127\.0\.0\.1)(?::\d+)?")


def install() -> None:
    """Allow line breaks in keys."""
    # moto: S3 answers 404 for keys with line breaks; not reported yet: keys may contain any UTF-8; the dot in the server's routes does not
    # match line breaks.
    # moto: S3 accepts keys that are longer than 1,024 bytes, and changes keys that are not UTF-8; not reported yet: AWS answers KeyTooLongError
    # and InvalidURI.
    replace(werkzeug_app, "RegexConverter", _AnyCharacterConverter)


class _AnyCharacterConverter(RegexConverter):
    def __init__(self, url_map: Any, *items: Any) -> None:
        super().__init__(url_map, *items)
        self.regex = f"(?s:{self.regex})"


class ObjectKeys:
    """WSGI middleware that rejects invalid keys."""

    def __init__(self, application: Callable[[WSGIEnvironment, StartResponse], Iterable[bytes]]) -> None:
        self._application = application

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Reject a request, or pass it to the application."""
        signed = f"{environ.get('HTTP_AUTHORIZATION', '')}\n?{environ.get('QUERY_STRING', '')}"
        if _SIGNED_FOR_S3.search(signed) and (error := _error(_key(environ))):
            body = f'<?xml version="1.0" encoding="UTF-8"?>\n<Error>{error}</Error>'.encode()
            start_response("400 Bad Request", [("Content-Type", "application/xml"), ("Content-Length", str(len(body)))])
            return [body]
        return self._application(environ, start_response)


def _key(environ: WSGIEnvironment) -> bytes:
    """Return the bytes of the key; WSGI's decoded path loses those that are not UTF-8."""
    path = unquote_to_bytes(str(environ["RAW_URI"]).partition("?")[0]).removeprefix(b"/")
    return path if _HOST_OF_A_BUCKET.fullmatch(str(environ.get("HTTP_HOST", ""))) else path.partition(b"/")[2]


def _error(key: bytes) -> str:
    try:
        key.decode()
    except UnicodeDecodeError:
        uri = escape(key.decode(errors="replace"))
        return f"<Code>InvalidURI</Code><Message>Couldn't parse the specified URI.</Message><URI>{uri}</URI>"
    if len(key) > LONGEST_KEY_BYTES:
        return (
            f"<Code>KeyTooLongError</Code><Message>Your key is too long</Message><Size>{len(key)}</Size>"
            f"<MaxSizeAllowed>{LONGEST_KEY_BYTES}</MaxSizeAllowed>"
        )
    return ""
