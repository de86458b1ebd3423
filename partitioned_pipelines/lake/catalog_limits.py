"""What the Glue Data Catalog takes as a partition's values and location.

A request with one bad location is refused as a whole, after other batches of the run have been registered: everything is checked while files
are discovered, before anything is written.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from partitioned_pipelines.lake.hive_path import MAX_VALUE_LENGTH, InvalidPartitionPathError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from partitioned_pipelines.lake.hive_path import PartitionPath
    from partitioned_pipelines.lake.key_value import PartitionKey
    from partitioned_pipelines.lake.s3_uri import S3Folder

# LocationString: https://docs.aws.amazon.com/glue/latest/webapi/API_StorageDescriptor.html
MAX_LOCATION_LENGTH = 2056
# All that the pattern of LocationString ("URI address multi-line string pattern") leaves out. ValueString has no pattern in the API
# reference; what no other text of the catalog may hold is refused in a value, too, and not tried.
# https://docs.aws.amazon.com/glue/latest/dg/aws-glue-api-common.html#aws-glue-api-regex-oneLine
_REFUSED = re.compile(r"[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def check_catalog_takes(path: PartitionPath, keys: Sequence[PartitionKey], root: S3Folder | None = None) -> None:
    """Check a partition's values and location against the limits of the Data Catalog.

    Parameters
    ----------
    root
        The folder below which the partition lies; None for a folder that is not in S3.

    Raises
    ------
    InvalidPartitionPathError
        Naming the value or the folder, and the character.
    """
    location = f"{root.uri}{path.folder}" if root else path.folder
    if location.isascii() and location.isprintable() and "%" not in path.folder and len(location) <= MAX_VALUE_LENGTH:
        return  # as nearly all are
    for key, value in zip(keys, path.values, strict=True):
        if found := _REFUSED.search(value):
            raise InvalidPartitionPathError(_about(f"{key.name}={value!r}", found[0]))
        # The API reference counts characters, the developer guide bytes.
        if len(value.encode()) > MAX_VALUE_LENGTH:
            raise InvalidPartitionPathError(
                f"the value of {key.name!r} has {len(value.encode()):,} bytes; the Data Catalog takes {MAX_VALUE_LENGTH:,}"
            )
    if found := _REFUSED.search(path.folder):
        raise InvalidPartitionPathError(_about(f"the folder {path.folder!r}", found[0]))
    if len(location) > MAX_LOCATION_LENGTH:
        raise InvalidPartitionPathError(
            f"the location has {len(location):,} characters; the Data Catalog takes {MAX_LOCATION_LENGTH:,}"
        )


def _about(what: str, character: str) -> str:
    kind = "noncharacter" if character > "\ufffd" else "control character"
    return (
        f"{what} contains the {kind} U+{ord(character):04X}, which the Data Catalog refuses; remove it from the value"
    )
