"""Functions of URLs.

https://trino.io/docs/current/functions/url.html
"""

from __future__ import annotations

import re
import urllib.parse
from typing import TYPE_CHECKING, Any

from local_cloud.athena.functions.implementation import invalid, python

if TYPE_CHECKING:
    from local_cloud.athena.functions.implementation import Build


_URL = re.compile(r"(?:([A-Za-z][A-Za-z0-9+.\-]*):)?(?://([^/?#]*))?([^?#]*)(?:\?([^#]*))?(?:#(.*))?", re.DOTALL)


_FORBIDDEN = re.compile(r"[\x00-\x20\"<>\\^`{|}\x7f]|%(?![0-9A-Fa-f]{2})")


def _url(text: str) -> tuple[str | None, str | None, str, str | None, str | None] | None:
    match = _URL.fullmatch(text)
    if match is None or _FORBIDDEN.search(text):
        return None
    return match[1], match[2], match[3], match[4], match[5]


def _url_part(place: int) -> Any:
    def extract(text: str) -> str | None:
        parts = _url(text)
        if parts is None:
            return None
        return urllib.parse.unquote(parts[place] or "") if place == 2 else parts[place] or ""

    extract.__qualname__ = f"url_part_{place}"
    return extract


def _host(text: str) -> str | None:
    parts = _url(text)
    if parts is None:
        return None
    return re.sub(r":\d*$", "", (parts[1] or "").rpartition("@")[2])


def _port(text: str) -> int | None:
    parts = _url(text)
    match = re.search(r":(\d+)$", (parts[1] or "") if parts else "")
    return int(match[1]) if match else None


def _query(text: str) -> str | None:
    parts = _url(text)
    return urllib.parse.unquote(parts[3] or "") if parts else None


def _fragment(text: str) -> str | None:
    parts = _url(text)
    return urllib.parse.unquote(parts[4] or "") if parts else None


def _url_parameter(text: str, name: str) -> str | None:
    parts = _url(text)
    for pair in ((parts[3] or "") if parts else "").split("&"):
        key, _, value = pair.partition("=")
        if urllib.parse.unquote_plus(key) == name and pair:
            return urllib.parse.unquote_plus(value)
    return None


def _url_encode(text: str) -> str:
    return urllib.parse.quote_plus(text, safe="*-._").replace("~", "%7E")


def _url_decode(text: str) -> str:
    if re.search(r"%(?![0-9A-Fa-f]{2})", text):
        raise invalid("URLDecoder: Illegal hex characters in escape (%) pattern")
    return urllib.parse.unquote_plus(text)


FUNCTIONS: dict[str, Build] = {
    "url_decode": python(_url_decode),
    "url_encode": python(_url_encode),
    "url_extract_fragment": python(_fragment),
    "url_extract_host": python(_host),
    "url_extract_parameter": python(_url_parameter),
    "url_extract_path": python(_url_part(2)),
    "url_extract_port": python(_port),
    "url_extract_protocol": python(_url_part(0)),
    "url_extract_query": python(_query),
}
