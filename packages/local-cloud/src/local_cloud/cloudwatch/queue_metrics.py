"""The metrics of SQS queues, computed when they are read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from moto.cloudwatch.models import MetricDatum
from moto.core.common_models import CloudWatchMetricProvider
from moto.core.utils import utcnow
from moto.sqs.models import sqs_backends

from local_cloud.sqs import was_used

if TYPE_CHECKING:
    from collections.abc import Iterator

    from moto.sqs.models import Queue


class QueueMetrics(CloudWatchMetricProvider):
    """The provider of the metrics, which moto finds as a subclass.

    Each queue that has had a message has one value, for the current minute. AWS reports queues that were used within six hours.
    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html
    """

    @staticmethod
    def get_cloudwatch_metrics(account_id: str, region: str) -> list[MetricDatum]:
        """Return the depths of the used queues in an account and region."""
        minute = utcnow().replace(second=0, microsecond=0)
        return [
            MetricDatum("AWS/SQS", name, value, [{"Name": "QueueName", "Value": queue.name}], minute, "Count")
            for queue in list(sqs_backends[account_id][region].queues.values())
            if was_used(queue)
            for name, value in _depths(queue)
        ]


def _depths(queue: Queue) -> Iterator[tuple[str, int]]:
    yield "ApproximateNumberOfMessagesVisible", queue.approximate_number_of_messages
    yield "ApproximateNumberOfMessagesNotVisible", queue.approximate_number_of_messages_not_visible
    yield "ApproximateNumberOfMessagesDelayed", queue.approximate_number_of_messages_delayed
