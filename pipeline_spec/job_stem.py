"""The beginning of a step's job names."""

from __future__ import annotations

import hashlib

_LONGEST = 26  # with a hyphen and a UUID it fills the 63 characters that SageMaker allows
_HASH_LENGTH = 6


def job_stem(pipeline: str, step: str) -> str:
    """Give the stem: lower-case, hyphens for underscores; what is too long is cut, and keeps a short hash of the whole.

    Two steps whose long names differ only at the end have different stems.
    """
    whole = f"{pipeline}/{step}"
    plain = f"{pipeline}-{step}".replace("_", "-").strip("-")
    while "--" in plain:
        plain = plain.replace("--", "-")
    if len(plain) <= _LONGEST:
        return plain
    digest = hashlib.sha256(whole.encode()).hexdigest()[:_HASH_LENGTH]
    return f"{plain[: _LONGEST - _HASH_LENGTH - 1].rstrip('-')}-{digest}"
