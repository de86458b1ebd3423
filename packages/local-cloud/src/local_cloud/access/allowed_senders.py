"""The check of each request's sender, before anything else handles it.

Web pages of other origins, host names that resolve to this machine (DNS rebinding) and other users of the machine can all
reach a port on localhost. This check denies their requests: https://owasp.org/www-community/attacks/csrf,
https://fetch.spec.whatwg.org/#origin-header, https://www.w3.org/TR/fetch-metadata/.
"""

from __future__ import annotations

import hmac
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from local_cloud.access.access_keys import is_known, own_access_key
from local_cloud.access.denials import Reason, deny

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from wsgiref.types import StartResponse, WSGIEnvironment

    from local_cloud.request_validation import Answer

ADMIN_PREFIX = "/_local/"
_MOTO_ADMIN = re.compile(r"/moto-api(/|$)")
_HOST = re.compile(r"(localhost|127\.0\.0\.1|\[::1\]|([a-z0-9_-]+\.)+localhost):(?P<port>\d+)", re.IGNORECASE)
_ORIGIN_SCHEME = "http://"
_SIGNED_V4 = re.compile(r"AWS4-HMAC-SHA256\s+.*?Credential=(?P<key>[^/,\s]+)/\d+/[^/]*/(?P<service>[^/]+)/aws4_request")
_SIGNED_V2 = re.compile(r"AWS (?P<key>[^:\s]+):")
_PRESIGNED_V4 = re.compile(r"(?P<key>[^/]+)/\d+/[^/]*/(?P<service>[^/]+)/aws4_request")
# A navigation started by the user, and a page served by this cloud: https://www.w3.org/TR/fetch-metadata/#sec-fetch-site-header
_OWN_SITES = frozenset({"none", "same-origin"})


class AccessControl:
    """WSGI middleware that denies requests of unknown senders, and removes CORS headers from all other responses."""

    def __init__(self, application: Callable[[WSGIEnvironment, StartResponse], Iterable[bytes]]) -> None:
        self._application = application

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Deny a request, or pass it to the application."""
        denial = _forbidden(environ) or _unauthenticated(environ)
        if denial is not None:
            status, (headers, body) = denial
            start_response(status, headers)
            return [body]

        def start(status: str, headers: list[tuple[str, str]], *more: Any) -> Callable[[bytes], object]:
            kept = [header for header in headers if not header[0].lower().startswith("access-control-")]
            return start_response(status, kept, *more)

        return self._application(environ, start)


def _forbidden(environ: WSGIEnvironment) -> tuple[str, Answer] | None:
    """Return a denial if a request uses another host name, comes from another site, or calls moto's own admin API."""
    host = _HOST.fullmatch(str(environ.get("HTTP_HOST", "")))
    if host is None or host["port"] != str(environ["SERVER_PORT"]):
        return _text(f"Host {environ.get('HTTP_HOST')!r} is not an address of this local cloud")
    origin = environ.get("HTTP_ORIGIN")
    if origin is not None and str(origin).lower() != f"{_ORIGIN_SCHEME}{host[0]}".lower():
        return _text(f"a page of {origin!r} may not use this local cloud")
    if environ.get("HTTP_SEC_FETCH_SITE", "none") not in _OWN_SITES:
        return _text("a page of another site may not use this local cloud")
    if _MOTO_ADMIN.match(str(environ.get("PATH_INFO", ""))):
        return _text("/moto-api is switched off", "404 Not Found")
    return None


def _unauthenticated(environ: WSGIEnvironment) -> tuple[str, Answer] | None:
    """Return a denial if a request is not signed with a key of this cloud."""
    authorization = str(environ.get("HTTP_AUTHORIZATION", ""))
    if str(environ.get("PATH_INFO", "")).startswith(ADMIN_PREFIX):
        return None if _is_owner(authorization) else _text("this route needs the access key of the local cloud")
    signed = _signature(authorization, str(environ.get("QUERY_STRING", "")))
    if signed is None:
        # Unsigned forms are sent to STS, whose AssumeRoleWith... operations take another proof of identity.
        form = str(environ.get("CONTENT_TYPE", "")).startswith("application/x-www-form-urlencoded")
        return deny(Reason.UNSIGNED, "sts" if form else None)
    key, service = signed
    return None if is_known(key) else deny(Reason.FOREIGN_KEY, service)


def _signature(authorization: str, query: str) -> tuple[str, str | None] | None:
    """Return the id of the key that a request is signed with, and the service that it is signed for.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/aws-signing-authentication-methods.html; S3 also accepts version 2.
    """
    if match := _SIGNED_V4.match(authorization) or _SIGNED_V2.match(authorization):
        return match["key"], match.groupdict().get("service")
    if authorization:
        return None
    fields = parse_qs(query)
    if match := _PRESIGNED_V4.fullmatch(fields.get("X-Amz-Credential", [""])[0]):
        return match["key"], match["service"]
    return (fields["AWSAccessKeyId"][0], None) if "AWSAccessKeyId" in fields else None


def _is_owner(authorization: str) -> bool:
    return hmac.compare_digest(authorization.encode(), own_access_key().authorization.encode())


def _text(message: str, status: str = "403 Forbidden") -> tuple[str, Answer]:
    body = f"{message}\n".encode()
    return status, ([("Content-Type", "text/plain; charset=utf-8"), ("Content-Length", str(len(body)))], body)
