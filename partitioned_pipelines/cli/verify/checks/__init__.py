"""The checks of the copy, by subject; each reports which assumptions hold."""

from partitioned_pipelines.cli.verify.checks.failures import FAIL, REDRIVE, REFUSE, RETRY, STOP
from partitioned_pipelines.cli.verify.checks.read import READ
from partitioned_pipelines.cli.verify.checks.runs import QUERY, RERUN, ROLLBACK, RUN
from partitioned_pipelines.cli.verify.checks.schedule import SCHEDULE
from partitioned_pipelines.cli.verify.checks.services import CATALOG, CONDITIONAL, TRANSPORT, WORKGROUP

# In this order: checks that cost nothing first, then those that depend on others.
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
