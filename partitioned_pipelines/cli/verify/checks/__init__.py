"""One file for each thing that is done with the copy; each says which assumptions it saw to hold, or not to."""

from partitioned_pipelines.cli.verify.checks import (
    catalog,
    conditional,
    fail,
    query,
    read,
    redrive,
    refuse,
    rerun,
    retry,
    rollback,
    run,
    schedule,
    stop,
    transport,
    workgroup,
)

# In this order: what costs nothing first, and what needs another check after it.
CHECKS = (
    conditional.CHECK,
    transport.CHECK,
    catalog.CHECK,
    workgroup.CHECK,
    refuse.CHECK,
    schedule.CHECK,
    run.CHECK,
    query.CHECK,
    rerun.CHECK,
    rollback.CHECK,
    retry.CHECK,
    fail.CHECK,
    redrive.CHECK,
    read.CHECK,
    stop.CHECK,
)
