"""SNS: the check of topics and subscriptions, the delivery to subscribers, and the notices that topics have got."""

from __future__ import annotations

from typing import TYPE_CHECKING

from local_cloud.sns import delivery, notices, subscriptions, topics

if TYPE_CHECKING:
    from local_cloud.settings import Settings


def install(settings: Settings) -> None:
    """Install the corrections of moto's SNS."""
    topics.install()
    subscriptions.install()
    delivery.install()
    notices.install()
