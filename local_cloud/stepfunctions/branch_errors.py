"""The error of a branch is the error of its Parallel state, also where its name begins with ``States.``, which moto refuses.

https://docs.aws.amazon.com/step-functions/latest/dg/state-parallel.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import moto.stepfunctions.parser.asl.component.state.exec.state_parallel.branches_decl as branches_decl
from moto.stepfunctions.parser.asl.component.common.error_name.states_error_name import StatesErrorName
from moto.stepfunctions.parser.asl.component.common.error_name.states_error_name_type import StatesErrorNameType

from local_cloud.patching import original_of, replace

if TYPE_CHECKING:
    from moto.stepfunctions.parser.asl.component.common.error_name.error_name import ErrorName


def keep_errors_of_branches() -> None:
    """Hook into how a Parallel state takes over an error."""
    replace(branches_decl, "CustomErrorName", _error_name)


def _error_name(error_name: str | None) -> ErrorName:
    for kind in StatesErrorNameType:
        if kind.to_name() == error_name:
            return StatesErrorName(typ=kind)
    name: ErrorName = original_of(branches_decl, "CustomErrorName")(error_name)
    return name
