"""The audit: a check that the files match their table. Nothing is registered if they do not."""

from partitioned_pipelines.lake.tables.content import TableContent
from partitioned_pipelines.runtime.audit.audit import (
    AuditReport,
    InvalidDataError,
    audit_files,
    audit_sample,
)
from partitioned_pipelines.runtime.audit.finding import Finding
from partitioned_pipelines.runtime.audit.output_folder import audit_local, audit_run

__all__ = [
    "AuditReport",
    "Finding",
    "InvalidDataError",
    "TableContent",
    "audit_files",
    "audit_local",
    "audit_run",
    "audit_sample",
]
