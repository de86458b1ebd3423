"""What the Data Catalog answers when a call is to be made again, which botocore itself does not do.

https://docs.aws.amazon.com/glue/latest/webapi/API_BatchCreatePartition.html declares both codes. A state machine calls the function again, by
the name of the error; a Lambda step of SageMaker Pipelines is called once, so that its handler has to.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, TypeVar

from partitioned_pipelines.runtime.catalog import BUSY_CODES, CatalogBusyError

if TYPE_CHECKING:
    from collections.abc import Callable

_Answer = TypeVar("_Answer")
_PAUSES_SECONDS = (5, 10, 20)


def repeat_while_busy(call: Callable[[], _Answer], *, sleep: Callable[[float], None] = time.sleep) -> _Answer:
    """Call, and call again after a pause as long as the catalog is busy; the last error is raised."""
    for pause in _PAUSES_SECONDS:
        try:
            return call()
        except Exception as error:
            if not (isinstance(error, CatalogBusyError) or type(error).__name__ in BUSY_CODES):
                raise
            sleep(pause)
    return call()
