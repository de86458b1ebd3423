"""The beginning of a step's job names."""

from __future__ import annotations

import hashlib
import re

_LONGEST = 26  # with a hyphen and a UUID it fills the 63 characters that SageMaker allows
_HASH_LENGTH = 6


def job_stem(pipeline: str, step: str) -> str:
    """Return the stem: ``<pipeline>--<step>``, with hyphens for underscores.

    Two hyphens tell ``a``/``b_c`` from ``a_b``/``c``; they also keep a role that may touch ``a--b-*`` away from the jobs of the pipeline
    ``a_b``. A stem that is too long, or whose names have underscores in a row or at the end, keeps a short hash of the whole instead: two steps
    whose long names differ only at the end have different stems.
    """
    joined = f"{pipeline}--{step}".replace("_", "-")
    if len(joined) <= _LONGEST and not re.search(r"__|_$", f"{pipeline}_{step}"):
        return joined
    digest = hashlib.sha256(f"{pipeline}/{step}".encode()).hexdigest()[:_HASH_LENGTH]
    readable = re.sub(r"-+", "-", joined)[: _LONGEST - _HASH_LENGTH - 1].rstrip("-")
    return f"{readable}-{digest}"
