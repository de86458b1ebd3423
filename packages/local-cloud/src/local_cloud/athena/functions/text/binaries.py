"""Functions of varbinary: encodings, hashes and the bytes of numbers.

https://trino.io/docs/current/functions/binary.html
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import zlib
from typing import TYPE_CHECKING, Any

from local_cloud.athena.functions.implementation import invalid, python

if TYPE_CHECKING:
    from local_cloud.athena.functions.implementation import Build


def _from_utf8(value: bytes, instead: str | None = None) -> str:
    if instead is not None and len(instead) > 1:
        raise invalid("Replacement character string must empty or a single character")
    text = value.decode("utf-8", errors="replace")
    return text if instead is None else text.replace("\ufffd", instead)


def _from_hex(text: str | bytes) -> bytes:
    found = text if isinstance(text, str) else text.decode("latin-1")
    try:
        return binascii.unhexlify(found)
    except (binascii.Error, ValueError):
        raise invalid(f"invalid input string: {found}") from None


def _from_base64(text: str | bytes, *, url: bool = False) -> bytes:
    raw = (text if isinstance(text, bytes) else text.encode()).rstrip(b"=")
    try:
        return base64.b64decode(raw + b"=" * (-len(raw) % 4), altchars=b"-_" if url else None, validate=True)
    except (binascii.Error, ValueError) as error:
        raise invalid(str(error)) from None


def _from_base32(text: str | bytes) -> bytes:
    raw = text if isinstance(text, bytes) else text.encode()
    try:
        return base64.b32decode(raw)
    except (binascii.Error, ValueError) as error:
        raise invalid(str(error)) from None


def _hashed(name: str) -> Any:
    def digest(value: bytes) -> bytes:
        return hashlib.new(name, value).digest()

    digest.__qualname__ = f"hash_{name}"
    return digest


def _hmac(name: str) -> Any:
    def digest(value: bytes, key: bytes) -> bytes:
        return hmac.new(key, value, name).digest()

    digest.__qualname__ = f"hmac_{name}"
    return digest


def _to_bytes(size: int) -> Any:
    def convert(number: int) -> bytes:
        return number.to_bytes(size, "big", signed=True)

    convert.__qualname__ = f"to_bytes_{size}"
    return convert


def _from_bytes(size: int) -> Any:
    def convert(value: bytes) -> int:
        if len(value) != size:
            raise invalid(f"expected {size}-byte input, but got instead: {len(value)}")
        return int.from_bytes(value, "big", signed=True)

    convert.__qualname__ = f"from_bytes_{size}"
    return convert


def _to_ieee(layout: str) -> Any:
    import struct

    def convert(number: float) -> bytes:
        return struct.pack(layout, number)

    convert.__qualname__ = f"ieee_{layout}"
    return convert


def _from_ieee(layout: str) -> Any:
    import struct

    def convert(value: bytes) -> float:
        if len(value) != struct.calcsize(layout):
            raise invalid(f"Input floating-point value must be exactly {struct.calcsize(layout)} bytes long")
        return float(struct.unpack(layout, value)[0])

    convert.__qualname__ = f"from_ieee_{layout}"
    return convert


def _to_hex(value: bytes) -> str:
    return value.hex().upper()


def _encode64(value: bytes) -> str:
    return base64.b64encode(value).decode()


def _encode64_url(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).decode()


def _decode64_url(value: str | bytes) -> bytes:
    return _from_base64(value, url=True)


def _encode32(value: bytes) -> str:
    return base64.b32encode(value).decode()


def _utf8(text: str) -> bytes:
    return text.encode()


FUNCTIONS: dict[str, Build] = {
    "crc32": python(zlib.crc32),
    "from_base32": python(_from_base32),
    "from_base64": python(_from_base64),
    "from_base64url": python(_decode64_url),
    "from_big_endian_32": python(_from_bytes(4)),
    "from_big_endian_64": python(_from_bytes(8)),
    "from_hex": python(_from_hex),
    "from_ieee754_32": python(_from_ieee(">f")),
    "from_ieee754_64": python(_from_ieee(">d")),
    "from_utf8": python(_from_utf8),
    **{f"hmac_{name}": python(_hmac(name)) for name in ("md5", "sha1", "sha256", "sha512")},
    **{name: python(_hashed(name)) for name in ("md5", "sha1", "sha256", "sha512")},
    "to_base32": python(_encode32),
    "to_base64": python(_encode64),
    "to_base64url": python(_encode64_url),
    "to_big_endian_32": python(_to_bytes(4)),
    "to_big_endian_64": python(_to_bytes(8)),
    "to_hex": python(_to_hex),
    "to_ieee754_32": python(_to_ieee(">f")),
    "to_ieee754_64": python(_to_ieee(">d")),
    "to_utf8": python(_utf8),
}
