"""CloudWatch Logs: the check of log groups' KMS keys."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from moto.logs.models import LogsBackend

from local_cloud.logs.key_permission import check_key
from local_cloud.patching import original_of, replace

if TYPE_CHECKING:
    from local_cloud.settings import Settings


def install(settings: Settings) -> None:
    """Replace moto's creation of log groups."""
    # moto: CloudWatch Logs' CreateLogGroup accepts any string as a KMS key; not reported yet: AWS answers AccessDeniedException unless the key
    # exists and its policy allows the service.
    replace(LogsBackend, "create_log_group", _create_log_group)


def _create_log_group(self: LogsBackend, log_group_name: str, tags: dict[str, str], **kwargs: Any) -> Any:
    if key := kwargs.get("kmsKeyId"):
        check_key(key, log_group_name, self.account_id, self.region_name)
    return original_of(LogsBackend, "create_log_group")(self, log_group_name, tags, **kwargs)
