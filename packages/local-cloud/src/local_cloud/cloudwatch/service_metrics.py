"""The metrics of services, put where they happen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from moto.cloudwatch.models import cloudwatch_backends

from local_cloud.backend_lock import backend_lock
from local_cloud.settings import ACCOUNT_ID

if TYPE_CHECKING:
    from collections.abc import Mapping


def put_metrics(
    region: str, namespace: str, dimensions: Mapping[str, str], values: Mapping[str, float], unit: str = "Count"
) -> None:
    """Put values of metrics that have the same dimensions, by the metrics' names, with the current time."""
    listed = [{"Name": name, "Value": value} for name, value in dimensions.items()]
    data = [{"MetricName": name, "Value": value, "Unit": unit, "Dimensions": listed} for name, value in values.items()]
    with backend_lock():
        cloudwatch_backends[ACCOUNT_ID][region].put_metric_data(namespace, data)
