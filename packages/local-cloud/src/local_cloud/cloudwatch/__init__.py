"""CloudWatch: metric alarms, which are evaluated on request, and the metrics of services."""

from __future__ import annotations

from typing import TYPE_CHECKING

from local_cloud.cloudwatch.alarms import keep_alarm_states, refuse_other_alarms
from local_cloud.cloudwatch.queue_metrics import QueueMetrics

if TYPE_CHECKING:
    from local_cloud.settings import Settings

__all__ = ["QueueMetrics", "install"]  # moto finds the provider as a subclass


def install(settings: Settings) -> None:
    """Replace moto's alarms."""
    keep_alarm_states()
    refuse_other_alarms()
