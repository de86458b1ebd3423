"""The audit: whether the files say what their table will read out of them. Nothing is registered where they do not."""

from partitions.audit.audit import AuditReport, InvalidDataError, audit_files, audit_sample
from partitions.audit.finding import Finding
from partitions.audit.local_folder import audit_local
from partitions.audit.table_content import TableContent

__all__ = [
    "AuditReport",
    "Finding",
    "InvalidDataError",
    "TableContent",
    "audit_files",
    "audit_local",
    "audit_sample",
]
