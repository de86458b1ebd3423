"""Uploads are compared with their checksums, and refused with AWS's codes and words if they differ.

The values are those of ``123456789``: https://reveng.sourceforge.io/crc-catalogue/ lists the CRCs.
"""

from __future__ import annotations

import base64
import hashlib
import http.client
import os
import zlib
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
from botocore.exceptions import ClientError

from cloud_under_test.raw_requests import SIGNED, send
from local_cloud.s3.checksums import checksum_of
from local_cloud.s3.crc import CRC32, CRC32C, CRC64NVME

if TYPE_CHECKING:
    from local_cloud.s3.crc import CrcAlgorithm
    from local_cloud.server import LocalCloud

Aws = Any
BODY = b"123456789"
SHA256 = hashlib.sha256(BODY).hexdigest()
OTHER_SHA256 = hashlib.sha256(b"other").hexdigest()
MEGABYTE = 1024 * 1024
# By algorithm: the value, another value, and one with superfluous bits.
VALUES = {
    "CRC32": ("y/Q5Jg==", "z/Q5Jg==", "y/Q5Jh=="),
    "CRC32C": ("4waSgw==", "5waSgw==", "4waSgx=="),
    "CRC64NVME": ("rosUhgp5mIg=", "sosUhgp5mIg=", "rosUhgp5mIh="),
    "MD5": ("JfnnlDI7RTiF9RgfG2JNCw==", "Kfnnlbla7RTiF9RgfG2JNA==", "JfnnlDI7RTiF9RgfG2JNCx=="),
    "SHA1": ("98O8HYCOBHMq32eZZczDTKeuNEE=", "+8O8HYCOBHMq32eZZczDTKeuNEE=", "98O8HYCOBHMq32eZZczDTKeuNEF="),
    "SHA256": (
        "FeKw08M4keuw8e9gnsQZQgwg4yDOlMZfvIwzEkSOsiU=",
        "GeKw08M4keuw8e9gnsQZQgwg4yDOlMZfvIwzEkSOsiU=",
        "FeKw08M4keuw8e9gnsQZQgwg4yDOlMZfvIwzEkSOsiV=",
    ),
}
ALGORITHMS = sorted(VALUES)
CRC, CRC_HEADER = VALUES["CRC32"][0], "x-amz-checksum-crc32"
SDK = "x-amz-sdk-checksum-algorithm"
SEVERAL = "Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed."
MD5, OTHER_MD5 = VALUES["MD5"][0], "1B2M2Y8AsgTpgAmY7PhCfg=="
BAD_MD5 = ("BadDigest", "The Content-MD5 you specified did not match what we received.")
INVALID_MD5 = ("InvalidDigest", "The Content-MD5 you specified was invalid.")
BAD_SHA256 = (
    "XAmzContentSHA256Mismatch",
    "The provided 'x-amz-content-sha256' header does not match what was computed.",
)
HEADERS: dict[str, tuple[dict[str, str], tuple[str, str] | None]] = {
    "nothing": ({}, None),
    "Content-MD5": ({"Content-MD5": MD5}, None),
    "another Content-MD5": ({"Content-MD5": OTHER_MD5}, BAD_MD5),
    "a Content-MD5 that is not Base64": ({"Content-MD5": "not base64!"}, INVALID_MD5),
    "a short Content-MD5": ({"Content-MD5": "YWJyYWNhZGFicmE="}, INVALID_MD5),
    "an empty Content-MD5": ({"Content-MD5": ""}, INVALID_MD5),
    "SHA-256": ({"x-amz-content-sha256": SHA256}, None),
    "SHA-256 in capitals": ({"x-amz-content-sha256": SHA256.upper()}, None),
    "another SHA-256": ({"x-amz-content-sha256": OTHER_SHA256}, BAD_SHA256),
    "another SHA-256 and Content-MD5": ({"x-amz-content-sha256": OTHER_SHA256, "Content-MD5": OTHER_MD5}, BAD_SHA256),
    "another SHA-256, and an invalid Content-MD5": (
        {"x-amz-content-sha256": OTHER_SHA256, "Content-MD5": "invalid"},
        INVALID_MD5,
    ),
    "no signature of the body": ({"x-amz-content-sha256": "UNSIGNED-PAYLOAD"}, None),
    "an invalid SHA-256": (
        {"x-amz-content-sha256": "unsigned-payload"},
        ("InvalidArgument", "x-amz-content-sha256 must be UNSIGNED-PAYLOAD, STREAMING-UNSIGNED-PAYLOAD-TRAILER, "),
    ),
    "two checksums": ({CRC_HEADER: CRC, "x-amz-checksum-sha1": VALUES["SHA1"][0]}, ("InvalidRequest", SEVERAL)),
    "an unknown algorithm": (
        {"x-amz-checksum-bad": CRC},
        ("InvalidRequest", "The algorithm type you specified in x-amz-checksum- header is invalid."),
    ),
    "an algorithm that is not supported": (
        {"x-amz-checksum-xxhash64": CRC},
        ("NotImplemented", "checksums of the algorithm XXHASH64 are not supported by the local cloud"),
    ),
    "an algorithm with its checksum": ({SDK: "CRC32", CRC_HEADER: CRC}, None),
    "an algorithm without a checksum": (
        {SDK: "CRC32"},
        (
            "InvalidRequest",
            "x-amz-sdk-checksum-algorithm specified, but no corresponding x-amz-checksum-* or x-amz-trailer headers were "
            "found.",
        ),
    ),
    "an algorithm with another checksum": (
        {SDK: "SHA1", CRC_HEADER: CRC},
        ("InvalidRequest", "Value for x-amz-sdk-checksum-algorithm header is invalid."),
    ),
    "a trailer without chunks": (
        {"x-amz-trailer": CRC_HEADER},
        ("MalformedTrailerError", "The request contained trailing data that was not well-formed or did not conform"),
    ),
    "a header and a trailer": (
        {CRC_HEADER: CRC, "x-amz-trailer": CRC_HEADER},
        ("InvalidRequest", "Expecting a single x-amz-checksum- header"),
    ),
    "another trailer": (
        {"x-amz-trailer": "x-amz-meta-a"},
        ("InvalidRequest", "The value specified in the x-amz-trailer header is not supported"),
    ),
}


DETAILS = {
    "another Content-MD5": [
        f"<CalculatedDigest>{MD5}</CalculatedDigest>",
        "<ExpectedDigest>d41d8cd98f00b204e9800998ec",
    ],
    "a short Content-MD5": ["<Content-MD5>YWJyYWNhZGFicmE=</Content-MD5>"],
    "another SHA-256": [
        f"<ClientComputedContentSHA256>{OTHER_SHA256}</ClientComputedContentSHA256>",
        f"<S3ComputedContentSHA256>{SHA256}</S3ComputedContentSHA256>",
    ],
    "an invalid SHA-256": [
        "<ArgumentName>x-amz-content-sha256</ArgumentName><ArgumentValue>unsigned-payload</ArgumentVal"
    ],
}


def _put(cloud: LocalCloud, aws: Aws, bucket: str, body: bytes, headers: dict[str, str]) -> tuple[str, bytes | None]:
    """Put an object. Returns the answer, and what is stored."""
    status, _, text = send(cloud, "s3", "PUT", f"/{bucket}/key", body, headers)
    objects = aws("s3").list_objects_v2(Bucket=bucket).get("Contents", [])
    assert (status == 200) is bool(objects), text
    return text, aws("s3").get_object(Bucket=bucket, Key="key")["Body"].read() if objects else None


def _answer(code: str, message: str) -> str:
    return f"<Code>{code}</Code><Message>{message}"


@pytest.mark.parametrize("case", HEADERS)
def test_headers_are_compared(local_cloud_server: LocalCloud, aws: Aws, bucket: str, case: str) -> None:
    headers, error = HEADERS[case]
    text, stored = _put(local_cloud_server, aws, bucket, BODY, headers)
    if error is None:
        assert (text, stored) == ("", BODY)
    else:
        assert _answer(*error) in text.replace("&apos;", "'")
        assert stored is None
        for detail in DETAILS.get(case, ()):
            assert detail in text


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_checksum_is_compared_and_kept(local_cloud_server: LocalCloud, aws: Aws, bucket: str, algorithm: str) -> None:
    good, bad, invalid = VALUES[algorithm]
    header = f"x-amz-checksum-{algorithm.lower()}"
    for value in (invalid, good.rstrip("="), "", "^^^^"):
        text, _ = _put(local_cloud_server, aws, bucket, BODY, {header: value})
        assert _answer("InvalidRequest", f"Value for {header} header is invalid.") in text
    text, _ = _put(local_cloud_server, aws, bucket, BODY, {header: bad})
    assert _answer("BadDigest", f"The {algorithm} you specified did not match the calculated checksum.") in text
    assert _put(local_cloud_server, aws, bucket, BODY, {header: good}) == ("", BODY)
    found = aws("s3").head_object(Bucket=bucket, Key="key", ChecksumMode="ENABLED")
    assert (found[f"Checksum{algorithm}"], found["ChecksumType"]) == (good, "FULL_OBJECT")
    assert f"Checksum{algorithm}" not in aws("s3").head_object(Bucket=bucket, Key="key")


def test_names_of_checksums_may_be_in_lower_case(local_cloud_server: LocalCloud, aws: Aws, bucket: str) -> None:
    assert _put(local_cloud_server, aws, bucket, BODY, {SDK: "crc32", CRC_HEADER: CRC}) == ("", BODY)
    where = urlsplit(local_cloud_server.endpoint_url)
    connection = http.client.HTTPConnection(str(where.hostname), where.port, timeout=30)
    signed = {"Authorization": SIGNED.format(local_cloud_server.access_key.access_key_id, "s3")}
    connection.request("GET", f"/{bucket}/key", headers=signed | {"x-amz-checksum-mode": "enabled"})
    answer = connection.getresponse()
    assert (answer.status, answer.getheader(CRC_HEADER), answer.read()) == (200, CRC, BODY)
    connection.close()


@pytest.mark.parametrize("path", ["?tagging", "/key?tagging"])
def test_documents_are_compared_too(local_cloud_server: LocalCloud, aws: Aws, bucket: str, path: str) -> None:
    aws("s3").put_object(Bucket=bucket, Key="key")
    tags = b"<Tagging><TagSet><Tag><Key>a</Key><Value>b</Value></Tag></TagSet></Tagging>"
    for headers, code in (({"Content-MD5": OTHER_MD5}, "BadDigest"), ({CRC_HEADER: CRC}, "BadDigest")):
        status, _, text = send(local_cloud_server, "s3", "PUT", f"/{bucket}{path}", tags, headers)
        assert (status, code in text) == (400, True), text


def _chunks(*parts: bytes, end: bytes = b"0\r\n", trailers: tuple[bytes, ...] = ()) -> bytes:
    encoded = b"".join(b"%x;chunk-signature=0\r\n%s\r\n" % (len(part), part) for part in parts)
    return encoded + end + b"".join(trailer + b"\r\n" for trailer in trailers) + b"\r\n"


BIG = bytes(range(256)) * 40  # more than the smallest chunk
TRAILER = f"{CRC_HEADER}:{CRC}".encode()
INCOMPLETE = ("IncompleteBody", "The request body terminated unexpectedly")
MALFORMED = ("MalformedTrailerError", "The request contained trailing data that was not well-formed")
CHUNKED: dict[str, tuple[bytes, bytes, dict[str, str], tuple[str, str] | None]] = {
    "one chunk": (_chunks(BODY), BODY, {}, None),
    "a large and a small chunk": (_chunks(BIG, BODY), BIG + BODY, {}, None),
    "two small chunks": (
        _chunks(BODY, BODY),
        BODY * 2,
        {},
        ("InvalidChunkSizeError", "Only the last chunk is allowed to have a size less than 8192 bytes"),
    ),
    "no content": (_chunks(), b"", {}, None),
    "a trailer": (_chunks(BODY, trailers=(TRAILER,)), BODY, {"x-amz-trailer": CRC_HEADER}, None),
    "a trailer and its signature": (
        _chunks(BODY, trailers=(TRAILER, b"x-amz-trailer-signature:0")),
        BODY,
        {"x-amz-trailer": CRC_HEADER, SDK: "CRC32"},
        None,
    ),
    "the trailer of other content": (
        _chunks(b"12345678", trailers=(TRAILER,)),
        b"12345678",
        {"x-amz-trailer": CRC_HEADER},
        ("BadDigest", "The CRC32 you specified did not match the calculated checksum."),
    ),
    "an invalid trailer": (
        _chunks(BODY, trailers=(f"{CRC_HEADER}:y/Q5Jg".encode(),)),
        BODY,
        {"x-amz-trailer": CRC_HEADER},
        ("InvalidRequest", "Value for x-amz-checksum-crc32 trailing header is invalid."),
    ),
    "no trailer": (_chunks(BODY), BODY, {"x-amz-trailer": CRC_HEADER}, MALFORMED),
    "a trailer that was not announced": (_chunks(BODY, trailers=(TRAILER,)), BODY, {}, MALFORMED),
    "no last line": (_chunks(BODY)[:-2], BODY, {}, None),
    "a trailer without a last line": (
        _chunks(BODY, trailers=(TRAILER,))[:-2],
        BODY,
        {"x-amz-trailer": f"{CRC_HEADER},"},
        None,
    ),
    "a second trailer": (_chunks(BODY, trailers=(TRAILER, b"a: b")), BODY, {"x-amz-trailer": CRC_HEADER}, MALFORMED),
    "an empty name of a trailer": (
        _chunks(BODY, trailers=(TRAILER,)),
        BODY,
        {"x-amz-trailer": f",{CRC_HEADER}"},
        ("InvalidRequest", "The value specified in the x-amz-trailer header is not supported"),
    ),
    "no end": (_chunks(BODY, end=b""), BODY, {}, INCOMPLETE),
    "lines without a carriage return": (_chunks(BODY).replace(b"\r", b""), BODY, {}, INCOMPLETE),
    "no chunks": (BODY, BODY, {}, INCOMPLETE),
    "less content": (_chunks(BODY), BODY + b"0", {}, INCOMPLETE),
    "more content": (_chunks(BODY), BODY[1:], {}, INCOMPLETE),
    "another encoding": (_chunks(BODY), BODY, {"Content-Encoding": "gzip, aws-chunked"}, None),
}


@pytest.mark.parametrize("case", CHUNKED)
@pytest.mark.parametrize("signed", ["AWS4-HMAC-SHA256-PAYLOAD-TRAILER", "UNSIGNED-PAYLOAD-TRAILER"])
def test_a_body_in_chunks_is_decoded_and_compared(
    local_cloud_server: LocalCloud, aws: Aws, bucket: str, signed: str, case: str
) -> None:
    body, content, headers, error = CHUNKED[case]
    streamed = {"Content-Encoding": "aws-chunked", "x-amz-decoded-content-length": str(len(content))}
    streamed["x-amz-content-sha256"] = f"STREAMING-{signed}"
    text, stored = _put(local_cloud_server, aws, bucket, body, streamed | headers)
    if error is None:
        assert (text, stored) == ("", content)
        found = aws("s3").head_object(Bucket=bucket, Key="key", ChecksumMode="ENABLED")
        assert found.get("ChecksumCRC32") == (CRC if "x-amz-trailer" in headers else None)
        assert found.get("ContentEncoding") == ("gzip" if case == "another encoding" else None)
    else:
        assert _answer(*error) in text
        assert stored is None


def test_chunks_need_the_length_of_the_content(local_cloud_server: LocalCloud, bucket: str) -> None:
    headers = {"x-amz-content-sha256": "STREAMING-UNSIGNED-PAYLOAD-TRAILER"}
    status, _, text = send(local_cloud_server, "s3", "PUT", f"/{bucket}/key", _chunks(BODY), headers)
    assert (status, "MissingContentLength" in text) == (411, True)


@pytest.mark.parametrize(
    ("algorithm", "value"), [(CRC32, 0xCBF43926), (CRC32C, 0xE3069283), (CRC64NVME, 0xAE8B14860A799888)]
)
def test_crcs_are_those_of_the_catalogue(algorithm: CrcAlgorithm, value: int) -> None:
    assert algorithm.updated(0, BODY) == value
    content = os.urandom(5000)
    whole = algorithm.updated(0, content)
    for size in (0, 1, 511, 512, 513, 1024, 4999, 5000):
        first, second = algorithm.updated(0, content[:size]), algorithm.updated(0, content[size:])
        assert algorithm.updated(first, content[size:]) == whole
        assert algorithm.combined(first, second, 5000 - size) == whole
    assert CRC32.updated(0, content) == zlib.crc32(content)


@pytest.mark.parametrize(
    ("algorithm", "kind", "value"),
    [
        ("CRC32", None, "ar6UVw==-2"),
        ("CRC32", "FULL_OBJECT", "gPNU7Q=="),
        ("CRC32C", "COMPOSITE", "9nmlxg==-2"),
        ("CRC32C", "FULL_OBJECT", "LZbOwA=="),
        ("CRC64NVME", None, "UpfGsWmSCEg="),
        ("SHA1", None, "l89BPfYtRdlTXZSsCsWMB0Elnjg=-2"),
        ("SHA256", "COMPOSITE", "2kYaKgwMh4G97NB7sxufv13cvQqUqNgjK75WsW6s16Q=-2"),
    ],
)
def test_a_multipart_upload_has_a_checksum(
    local_cloud_server: LocalCloud, aws: Aws, bucket: str, algorithm: str, kind: str | None, value: str
) -> None:
    s3, member = aws("s3"), f"Checksum{algorithm}"
    upload = {"Bucket": bucket, "Key": "key"}
    more = {"ChecksumType": kind} if kind else {}
    upload["UploadId"] = s3.create_multipart_upload(**upload, ChecksumAlgorithm=algorithm, **more)["UploadId"]
    parts = []
    for number, content in enumerate((b"A" * 5 * MEGABYTE, b"tail"), 1):
        text = checksum_of(content, algorithm).text
        sent = s3.upload_part(**upload, PartNumber=number, Body=content, **{member: text})
        assert sent[member] == text
        parts.append({"PartNumber": number, "ETag": sent["ETag"], member: text})
    assert [{name: part[name] for name in parts[0]} for part in s3.list_parts(**upload)["Parts"]] == parts
    done = s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": parts})
    expected = (value, kind or ("FULL_OBJECT" if algorithm == "CRC64NVME" else "COMPOSITE"))
    assert (done[member], done["ChecksumType"]) == expected
    for method in (s3.head_object, s3.get_object):
        found = method(Bucket=bucket, Key="key", ChecksumMode="ENABLED")
        assert (found[member], found["ChecksumType"]) == expected

    s3.copy_object(Bucket=bucket, Key="copy", CopySource=f"{bucket}/key")
    copied = s3.head_object(Bucket=bucket, Key="copy", ChecksumMode="ENABLED")
    whole = checksum_of(b"A" * 5 * MEGABYTE + b"tail", algorithm).text
    assert (copied[member], copied["ChecksumType"]) == (whole, "FULL_OBJECT")
    assert s3.get_object(Bucket=bucket, Key="copy")["Body"].read()[-4:] == b"tail"  # botocore compares it


def _upload(aws: Aws, bucket: str, **more: str) -> dict[str, str]:
    upload = {"Bucket": bucket, "Key": "key"}
    return upload | {"UploadId": aws("s3").create_multipart_upload(**upload, **more)["UploadId"]}


def _refusal(call: Any, **arguments: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


@pytest.mark.parametrize(
    ("requested", "message"),
    [
        (
            {"ChecksumType": "FULL_OBJECT"},
            "The x-amz-checksum-type header can only be used with the x-amz-checksum-algor",
        ),
        (
            {"ChecksumAlgorithm": "SHA1", "ChecksumType": "FULL_OBJECT"},
            "The FULL_OBJECT checksum type cannot be used with",
        ),
        (
            {"ChecksumAlgorithm": "nope"},
            "Checksum algorithm provided is unsupported. Please try again with any of the valid",
        ),
        ({"ChecksumAlgorithm": "CRC32", "ChecksumType": "nope"}, "Value for x-amz-checksum-type header is invalid."),
        ({"ChecksumAlgorithm": "CRC64NVME", "ChecksumType": "COMPOSITE"}, "The COMPOSITE checksum type cannot be used"),
    ],
)
def test_an_upload_with_an_impossible_checksum_is_refused(
    aws: Aws, bucket: str, requested: dict[str, str], message: str
) -> None:
    code, words = _refusal(aws("s3").create_multipart_upload, Bucket=bucket, Key="key", **requested)
    assert (code, words[: len(message)]) == ("InvalidRequest", message)


def test_a_part_must_have_the_checksum_of_its_upload(local_cloud_server: LocalCloud, aws: Aws, bucket: str) -> None:
    upload = _upload(aws, bucket, ChecksumAlgorithm="CRC32C")
    mismatch = "Checksum Type mismatch occurred, expected checksum Type: crc32c, actual checksum Type: "
    found = _refusal(aws("s3").upload_part, **upload, PartNumber=1, Body=BODY, ChecksumCRC32=CRC)
    assert found == ("InvalidRequest", f"{mismatch}crc32")
    path = f"/{bucket}/key?partNumber=1&uploadId={upload['UploadId']}"
    _, _, text = send(local_cloud_server, "s3", "PUT", path, BODY, {})
    assert _answer("InvalidRequest", f"{mismatch}null") in text
    assert "Parts" not in aws("s3").list_parts(**upload)


CRC_PART = {"PartNumber": 1, "ChecksumCRC32": CRC}
COMPLETIONS: dict[str, tuple[dict[str, Any], dict[str, Any], str]] = {
    "no checksum": (
        {"PartNumber": 1},
        {},
        "InvalidRequest: The upload was created using a crc32 checksum. The complete request must include the checksum for "
        "each part. It was missing for part 1 in the request.",
    ),
    "another checksum": (
        {**CRC_PART, "ChecksumCRC32": VALUES["CRC32"][1]},
        {},
        "InvalidPart: One or more of the specified",
    ),
    "an invalid one": (
        {**CRC_PART, "ChecksumCRC32": VALUES["CRC32"][2]},
        {},
        "InvalidArgument: Invalid Base64 or multiple checksums present in request",
    ),
    "two": (
        {**CRC_PART, "ChecksumSHA1": VALUES["SHA1"][0]},
        {},
        "InvalidArgument: Invalid Base64 or multiple checksums",
    ),
    "one of another algorithm": (
        {"PartNumber": 1, "ChecksumSHA1": VALUES["SHA1"][0]},
        {},
        "BadDigest: The sha1 you specified for part 1 did not match what we received.",
    ),
    "another one of the object": (
        CRC_PART,
        {"ChecksumCRC32": CRC},
        "BadDigest: The CRC32 you specified did not match the calculated checksum.",
    ),
    "an invalid one of the object": (
        CRC_PART,
        {"ChecksumCRC32": "x"},
        "InvalidRequest: Value for x-amz-checksum-crc32 header is invalid.",
    ),
    "another type": (
        CRC_PART,
        {"ChecksumType": "FULL_OBJECT"},
        "InvalidRequest: The upload was created using the COMPOSITE checksum mode. The complete request must use the same",
    ),
    "another size": (
        CRC_PART,
        {"MpuObjectSize": 8},
        "InvalidRequest: The provided 'x-amz-mp-object-size' header does not match what was computed",
    ),
    "another part": ({**CRC_PART, "PartNumber": 2}, {}, "InvalidPart: One or more of the specified parts"),
}


@pytest.mark.parametrize("case", COMPLETIONS)
def test_a_completion_is_compared_with_what_was_uploaded(aws: Aws, bucket: str, case: str) -> None:
    part, more, refusal = COMPLETIONS[case]
    s3, upload = aws("s3"), _upload(aws, bucket, ChecksumAlgorithm="CRC32")
    etag = s3.upload_part(**upload, PartNumber=1, Body=BODY)["ETag"]
    named = {"MultipartUpload": {"Parts": [{"ETag": etag, **part}]}}
    code, message = _refusal(s3.complete_multipart_upload, **upload, **named, **more)
    assert f"{code}: {message}".startswith(refusal)
    assert "Contents" not in s3.list_objects_v2(Bucket=bucket)
    composite = base64.b64encode(zlib.crc32(base64.b64decode(CRC)).to_bytes(4, "big")).decode()
    named = {"MultipartUpload": {"Parts": [{"ETag": etag, **CRC_PART}]}}
    s3.complete_multipart_upload(**upload, **named, ChecksumCRC32=composite, ChecksumType="COMPOSITE", MpuObjectSize=9)
    assert s3.get_object(Bucket=bucket, Key="key")["Body"].read() == BODY


def test_the_parts_of_a_completion_are_in_order(aws: Aws, bucket: str) -> None:
    upload = _upload(aws, bucket)
    etags = [aws("s3").upload_part(**upload, PartNumber=number, Body=BODY)["ETag"] for number in (1, 2)]
    for numbers in ((2, 1), (1, 1)):
        parts = [{"PartNumber": number, "ETag": etags[number - 1]} for number in numbers]
        code, _ = _refusal(aws("s3").complete_multipart_upload, **upload, MultipartUpload={"Parts": parts})
        assert code == "InvalidPartOrder"


def test_a_copied_part_has_the_checksum_of_its_upload(aws: Aws, bucket: str) -> None:
    s3 = aws("s3")
    s3.put_object(Bucket=bucket, Key="source", Body=b"x" + BODY)
    upload = _upload(aws, bucket, ChecksumAlgorithm="CRC32C")
    copied = s3.upload_part_copy(
        **upload, PartNumber=1, CopySource=f"{bucket}/source", CopySourceRange=f"bytes=1-{len(BODY)}"
    )["CopyPartResult"]
    assert copied["ChecksumCRC32C"] == VALUES["CRC32C"][0]
    part = {"PartNumber": 1, "ETag": copied["ETag"], "ChecksumCRC32C": copied["ChecksumCRC32C"]}
    s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": [part]})
    assert s3.get_object(Bucket=bucket, Key="key")["Body"].read() == BODY


def test_a_checksum_of_an_upload_without_an_algorithm_is_ignored(aws: Aws, bucket: str) -> None:
    upload = _upload(aws, bucket)
    part = {"PartNumber": 1, "ETag": aws("s3").upload_part(**upload, PartNumber=1, Body=BODY)["ETag"]}
    aws("s3").complete_multipart_upload(**upload, MultipartUpload={"Parts": [part]}, ChecksumCRC32=VALUES["CRC32"][1])
    assert aws("s3").get_object(Bucket=bucket, Key="key")["Body"].read() == BODY


def test_deleting_objects_needs_a_checksum(local_cloud_server: LocalCloud, bucket: str) -> None:
    body = b"<Delete><Object><Key>key</Key></Object></Delete>"
    missing = "Missing required header for this request: Content-MD5 OR x-amz-checksum-*"
    _, _, text = send(local_cloud_server, "s3", "POST", f"/{bucket}?delete", body, {})
    assert _answer("InvalidRequest", missing) in text
    headers = {"Content-MD5": checksum_of(body, "MD5").text}
    assert send(local_cloud_server, "s3", "POST", f"/{bucket}?delete", body, headers)[0] == 200


def test_only_a_signed_header_may_announce_chunks(local_cloud_server: LocalCloud, aws: Aws, bucket: str) -> None:
    url = aws("s3").generate_presigned_url("put_object", {"Bucket": bucket, "Key": "key"})
    path = url.removeprefix(local_cloud_server.endpoint_url)
    where = urlsplit(local_cloud_server.endpoint_url)
    for named, code in (("STREAMING-UNSIGNED-PAYLOAD-TRAILER", "XAmzContentSHA256Mismatch"), (SHA256, "")):
        connection = http.client.HTTPConnection(str(where.hostname), where.port, timeout=30)
        connection.request("PUT", path, BODY, {"x-amz-content-sha256": named})
        assert code in connection.getresponse().read().decode()
        connection.close()
    assert aws("s3").get_object(Bucket=bucket, Key="key")["Body"].read() == BODY
