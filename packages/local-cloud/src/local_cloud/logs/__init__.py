"""CloudWatch Logs: the check of log groups' KMS keys, and the log groups of queries."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from moto.logs.exceptions import InvalidParameterException
from moto.logs.models import LogsBackend
from moto.logs.responses import LogsResponse

from local_cloud.logs.key_permission import check_key
from local_cloud.patching import original_of, replace

if TYPE_CHECKING:
    from local_cloud.settings import Settings

_GROUPS: Final = ("logGroupName", "logGroupNames", "logGroupIdentifiers")


def install(settings: Settings) -> None:
    """Replace moto's creation of log groups, and start of queries."""
    # moto: CloudWatch Logs' CreateLogGroup accepts any string as a KMS key; not reported yet: AWS answers AccessDeniedException unless the key
    # exists and its policy allows the service.
    replace(LogsBackend, "create_log_group", _create_log_group)
    # moto: CloudWatch Logs' StartQuery ignores logGroupIdentifiers, and fails internally without a log group; not reported yet: identifiers are
    # names or ARNs, and exactly one of the three parameters is needed.
    replace(LogsResponse, "start_query", _start_query)


def _create_log_group(self: LogsBackend, log_group_name: str, tags: dict[str, str], **kwargs: Any) -> Any:
    if key := kwargs.get("kmsKeyId"):
        check_key(key, log_group_name, self.account_id, self.region_name)
    return original_of(LogsBackend, "create_log_group")(self, log_group_name, tags, **kwargs)


def _start_query(self: LogsResponse) -> str:
    """Start a query of log groups: https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_StartQuery.html."""
    given = [name for name in _GROUPS if self._get_param(name)]
    if len(given) != 1:
        raise InvalidParameterException(f"Give exactly one of {', '.join(_GROUPS)}")
    value = self._get_param(given[0])
    listed = [value] if isinstance(value, str) else value
    names = [each.removesuffix(":*").rpartition(":log-group:")[2] for each in listed]
    times = self._get_int_param("startTime"), self._get_int_param("endTime")
    query_id = self.logs_backend.start_query(names, *times, self._get_param("queryString"))
    return json.dumps({"queryId": query_id})
