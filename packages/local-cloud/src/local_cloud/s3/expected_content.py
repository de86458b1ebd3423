"""What the headers and trailers of a request say about its content, and the errors if the content differs.

https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html#ErrorCodeList,
https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from local_cloud.request_bodies import is_number_of_bytes
from local_cloud.request_validation import service_model
from local_cloud.s3.checksums import ALGORITHMS, FULL_OBJECT, HEADER_PREFIX, Checksum
from local_cloud.s3.request_check import InvalidS3RequestError

if TYPE_CHECKING:
    from collections.abc import Callable
    from wsgiref.types import WSGIEnvironment

# Its checksum headers are about the object, not about the body.
_COMPLETES = "CompleteMultipartUpload"
_DELETES = "DeleteObjects"
_ENVIRON_PREFIX = "HTTP_" + HEADER_PREFIX.upper().replace("-", "_")
_NOT_CHECKSUMS = {"ALGORITHM", "MODE", "TYPE"}
_OF_UPLOAD, _TYPE = "HTTP_X_AMZ_CHECKSUM_ALGORITHM", "HTTP_X_AMZ_CHECKSUM_TYPE"
_SHA256 = re.compile(r"[0-9a-fA-F]{64}")
_UNSIGNED = "UNSIGNED-PAYLOAD"
_STREAMED = (
    "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
    "STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
    "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER",
    "STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD",
    "STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD-TRAILER",
)
_TRAILER_SIGNATURE = "x-amz-trailer-signature"
_ONE_CHECKSUM = "Expecting a single x-amz-checksum- header"


@dataclass(frozen=True, slots=True)
class ExpectedContent:
    """The content that a request announces.

    Attributes
    ----------
    sha256
        Its SHA-256 in hexadecimal, if the request is signed for it.
    md5
        The value of Content-MD5.
    checksum
        The checksum in a header.
    trailer
        The algorithm of a checksum that follows the content.
    size
        The size in bytes of content that is sent in chunks; None if it is not.
    """

    sha256: str | None
    md5: Checksum | None
    checksum: Checksum | None
    trailer: str | None
    size: int | None

    @classmethod
    def of(cls, operation: str, environ: WSGIEnvironment) -> ExpectedContent:
        """Parse the headers of a request.

        Raises
        ------
        InvalidS3RequestError
            If a header is invalid.
        """
        md5 = _md5(environ.get("HTTP_CONTENT_MD5"))
        sha256, is_streamed = _signed_content(environ)
        _check_names(environ)
        checksum, trailer = (None, None) if operation == _COMPLETES else _announced(environ)
        size = _decoded_size(environ) if is_streamed else None
        if operation == _DELETES and not (md5 or checksum or trailer):
            message = "Missing required header for this request: Content-MD5 OR x-amz-checksum-*"
            raise InvalidS3RequestError("InvalidRequest", message)
        if trailer and size is None:
            raise _malformed_trailer()
        return cls(sha256, md5, checksum, trailer, size)

    @property
    def algorithms(self) -> set[str]:
        """The algorithms of what must be compared."""
        return {
            *(["SHA256"] if self.sha256 else []),
            *(["MD5"] if self.md5 else []),
            *([self.checksum.algorithm] if self.checksum else []),
            *([self.trailer] if self.trailer else []),
        }

    def compare(self, calculated: Callable[[str], Checksum], trailers: dict[str, str]) -> Checksum | None:
        """Compare the announced content with the received one.

        Parameters
        ----------
        calculated
            Returns the checksum of the received content for one of `algorithms`.
        trailers
            The trailers that followed the content, by their names in lower case.

        Returns
        -------
        Checksum or None
            The checksum of the content that S3 stores.

        Raises
        ------
        InvalidS3RequestError
            If they differ.
        """
        if self.sha256 and (found := calculated("SHA256").digest.hex()) != self.sha256.lower():
            raise InvalidS3RequestError(
                "XAmzContentSHA256Mismatch",
                "The provided 'x-amz-content-sha256' header does not match what was computed.",
                details={"ClientComputedContentSHA256": self.sha256, "S3ComputedContentSHA256": found},
            )
        if self.md5 and (md5 := calculated("MD5")) != self.md5:
            raise InvalidS3RequestError(
                "BadDigest",
                "The Content-MD5 you specified did not match what we received.",
                details={"ExpectedDigest": self.md5.digest.hex(), "CalculatedDigest": md5.text},
            )
        checksum = _trailing(self.trailer, trailers) or self.checksum
        if checksum and calculated(checksum.algorithm) != checksum:
            raise InvalidS3RequestError(
                "BadDigest", f"The {checksum.algorithm} you specified did not match the calculated checksum."
            )
        return checksum


def _md5(text: str | None) -> Checksum | None:
    if text is None:
        return None
    try:
        return Checksum.parse("MD5", text)
    except ValueError as error:
        message = "The Content-MD5 you specified was invalid."
        raise InvalidS3RequestError("InvalidDigest", message, details={"Content-MD5": text}) from error


def _signed_content(environ: WSGIEnvironment) -> tuple[str | None, bool]:
    """Return the SHA-256 that a request is signed for, and whether it is signed for chunks: only by version 4 in a header."""
    text = str(environ.get("HTTP_X_AMZ_CONTENT_SHA256", _UNSIGNED))
    is_version_4 = str(environ.get("HTTP_AUTHORIZATION", "")).startswith("AWS4-")
    if text == _UNSIGNED or (is_version_4 and text in _STREAMED):
        return None, text in _STREAMED
    if is_version_4 and not _SHA256.fullmatch(text):
        known = ", ".join((_UNSIGNED, *_STREAMED))
        raise InvalidS3RequestError(
            "InvalidArgument",
            f"x-amz-content-sha256 must be {known} or a valid sha256 value.",
            details={"ArgumentName": "x-amz-content-sha256", "ArgumentValue": text},
        )
    return text, False


def _decoded_size(environ: WSGIEnvironment) -> int:
    size = str(environ.get("HTTP_X_AMZ_DECODED_CONTENT_LENGTH", ""))
    if not is_number_of_bytes(size):
        message = "You must provide the Content-Length HTTP header."
        raise InvalidS3RequestError("MissingContentLength", message, "411 Length Required")
    return int(size)


def _announced(environ: WSGIEnvironment) -> tuple[Checksum | None, str | None]:
    """Return the checksum in a header, and the algorithm of one in a trailer; a request may have only one of them."""
    in_headers = [
        name.removeprefix(_ENVIRON_PREFIX)
        for name in environ
        if name.startswith(_ENVIRON_PREFIX) and name.removeprefix(_ENVIRON_PREFIX) not in _NOT_CHECKSUMS
    ]
    trailers = str(environ.get("HTTP_X_AMZ_TRAILER", "")).removesuffix(",")
    in_trailers = [name.strip().lower() for name in trailers.split(",")] if trailers else []
    if any(not name.startswith(HEADER_PREFIX) for name in in_trailers):
        raise InvalidS3RequestError(
            "InvalidRequest", "The value specified in the x-amz-trailer header is not supported"
        )
    if len(in_headers) > 1 or len(in_trailers) > 1:
        raise InvalidS3RequestError("InvalidRequest", f"{_ONE_CHECKSUM}. Multiple checksum Types are not allowed.")
    if in_headers and in_trailers:
        raise InvalidS3RequestError("InvalidRequest", _ONE_CHECKSUM)
    named = [*in_headers, *(name.removeprefix(HEADER_PREFIX).upper() for name in in_trailers)]
    for algorithm in named:
        _check_algorithm(algorithm)
    requested = environ.get("HTTP_X_AMZ_SDK_CHECKSUM_ALGORITHM")
    if requested is not None and not named:
        raise InvalidS3RequestError(
            "InvalidRequest",
            "x-amz-sdk-checksum-algorithm specified, but no corresponding x-amz-checksum-* or x-amz-trailer headers were "
            "found.",
        )
    if requested is not None and [requested.upper()] != named:
        raise InvalidS3RequestError("InvalidRequest", "Value for x-amz-sdk-checksum-algorithm header is invalid.")
    checksum = _parsed(in_headers[0], str(environ[_ENVIRON_PREFIX + in_headers[0]]), "header") if in_headers else None
    return checksum, named[0] if in_trailers else None


def _check_names(environ: WSGIEnvironment) -> None:
    """Check the algorithm and the type of the checksum of an upload or a copy, which are put in capitals."""
    for name in (_OF_UPLOAD, _TYPE):
        if name in environ:
            environ[name] = str(environ[name]).upper()
    algorithm = environ.get(_OF_UPLOAD)
    if algorithm is not None and algorithm not in _modelled("ChecksumAlgorithm"):
        raise InvalidS3RequestError(
            "InvalidRequest",
            "Checksum algorithm provided is unsupported. Please try again with any of the valid types: "
            f"[{', '.join(sorted(ALGORITHMS))}]",
        )
    if algorithm is not None:
        _check_algorithm(algorithm)
    if environ.get(_TYPE, FULL_OBJECT) not in _modelled("ChecksumType"):
        raise InvalidS3RequestError("InvalidRequest", "Value for x-amz-checksum-type header is invalid.")


def _modelled(shape: str) -> list[str]:
    return getattr(service_model("s3").shape_for(shape), "enum", [])


def _check_algorithm(algorithm: str) -> None:
    if algorithm in ALGORITHMS:
        return
    if algorithm in _modelled("ChecksumAlgorithm"):
        message = f"checksums of the algorithm {algorithm} are not supported by the local cloud"
        raise InvalidS3RequestError("NotImplemented", message, "501 Not Implemented")
    raise InvalidS3RequestError(
        "InvalidRequest", "The algorithm type you specified in x-amz-checksum- header is invalid."
    )


def _parsed(algorithm: str, text: str, place: str) -> Checksum:
    try:
        return Checksum.parse(algorithm, text)
    except ValueError as error:
        message = f"Value for {HEADER_PREFIX}{algorithm.lower()} {place} is invalid."
        raise InvalidS3RequestError("InvalidRequest", message) from error


def _trailing(algorithm: str | None, trailers: dict[str, str]) -> Checksum | None:
    """Return the checksum in the trailers, which must be the announced one."""
    found = [name for name in trailers if name != _TRAILER_SIGNATURE]
    if found != ([HEADER_PREFIX + algorithm.lower()] if algorithm else []):
        raise _malformed_trailer()
    return _parsed(algorithm, trailers[found[0]], "trailing header") if algorithm else None


def _malformed_trailer() -> InvalidS3RequestError:
    return InvalidS3RequestError(
        "MalformedTrailerError",
        "The request contained trailing data that was not well-formed or did not conform to our published schema.",
    )
