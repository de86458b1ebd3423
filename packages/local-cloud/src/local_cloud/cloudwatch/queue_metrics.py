"""The metrics of SQS's queues, computed when they are read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from moto.cloudwatch.models import MetricDatum
from moto.core.common_models import CloudWatchMetricProvider
from moto.core.utils import utcnow
from moto.sqs.models import sqs_backends

if TYPE_CHECKING:
    from collections.abc import Iterator

    from moto.sqs.models import Queue


class QueueMetrics(CloudWatchMetricProvider):
    """What moto asks of every subclass of the provider.

    There is one value for each queue, of the current minute. AWS stops reporting a queue six hours after its last use; here a queue is
    always reported.
    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html
    """

    @staticmethod
    def get_cloudwatch_metrics(account_id: str, region: str) -> list[MetricDatum]:
        """Return the depths of all queues of an account and region."""
        minute = utcnow().replace(second=0, microsecond=0)
        return [
            MetricDatum("AWS/SQS", name, value, [{"Name": "QueueName", "Value": queue.name}], minute, "Count")
            for queue in list(sqs_backends[account_id][region].queues.values())
            for name, value in _depths(queue)
        ]


def _depths(queue: Queue) -> Iterator[tuple[str, int]]:
    yield "ApproximateNumberOfMessagesVisible", queue.approximate_number_of_messages
    yield "ApproximateNumberOfMessagesNotVisible", queue.approximate_number_of_messages_not_visible
    yield "ApproximateNumberOfMessagesDelayed", queue.approximate_number_of_messages_delayed
