"""How a table's partitions become visible, where no run registers them by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from partitioned_pipelines.spec.model.pipeline import Table


def how_partitions_are_seen(table: Table) -> str | None:
    """Say it in a sentence; None where runs register them, and count what they did."""
    if table.registration == "msck":
        return (
            f"{table.qualified_name}: each run lets Athena look for new folders (MSCK REPAIR TABLE), which counts nothing and writes no "
            "receipts; pipelines partitions lists what is registered"
        )
    if table.registration == "projection":
        return (
            f"{table.qualified_name}: Athena works the partitions out from its keys' values (partition projection), the catalog holds "
            "none and no run leaves a receipt; a query finds whatever lies in their folders"
        )
    return None
