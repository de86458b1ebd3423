"""What is done with the copy, by subject; each check says which assumptions it saw to hold, or not to."""

from partitioned_pipelines.cli.verify.checks.failures import FAIL, REDRIVE, REFUSE, RETRY, STOP
from partitioned_pipelines.cli.verify.checks.read import READ
from partitioned_pipelines.cli.verify.checks.runs import QUERY, RERUN, ROLLBACK, RUN
from partitioned_pipelines.cli.verify.checks.schedule import SCHEDULE
from partitioned_pipelines.cli.verify.checks.services import CATALOG, CONDITIONAL, TRANSPORT, WORKGROUP

# In this order: what costs nothing first, and what needs another check after it.
CHECKS = (
    CONDITIONAL,
    TRANSPORT,
    CATALOG,
    WORKGROUP,
    REFUSE,
    SCHEDULE,
    RUN,
    QUERY,
    RERUN,
    ROLLBACK,
    RETRY,
    FAIL,
    REDRIVE,
    READ,
    STOP,
)
