"""CloudWatch Logs: a log group is encrypted only with a key whose policy lets the service in; moto takes any text for a key."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from moto.logs.models import LogsBackend

from local_cloud.logs.key_permission import check_key
from local_cloud.patching import original_of, replace

if TYPE_CHECKING:
    from local_cloud.settings import Settings


def install(settings: Settings) -> None:
    """Hold log groups to their keys."""
    replace(LogsBackend, "create_log_group", _create_log_group)


def _create_log_group(self: LogsBackend, log_group_name: str, tags: dict[str, str], **kwargs: Any) -> Any:
    if key := kwargs.get("kmsKeyId"):
        check_key(key, log_group_name, self.account_id, self.region_name)
    return original_of(LogsBackend, "create_log_group")(self, log_group_name, tags, **kwargs)
