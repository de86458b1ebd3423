"""The log lines that Lambda itself writes for each invocation.

https://docs.aws.amazon.com/lambda/latest/dg/python-logging.html
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from moto.awslambda.models import LambdaFunction


def report_invocation(function: LambdaFunction, request_id: str, log: str, seconds: float) -> str:
    """Return a function's log with the lines START, END and REPORT; the used memory is not measured."""
    milliseconds = seconds * 1000
    figures = [
        f"Duration: {milliseconds:.2f} ms",
        f"Billed Duration: {math.ceil(milliseconds)} ms",
        f"Memory Size: {function.memory_size} MB",
    ]
    lines = [
        f"START RequestId: {request_id} Version: {function.version}",
        *log.splitlines(),
        f"END RequestId: {request_id}",
        "\t".join([f"REPORT RequestId: {request_id}", *figures]),
    ]
    return "".join(f"{line}\n" for line in lines)
