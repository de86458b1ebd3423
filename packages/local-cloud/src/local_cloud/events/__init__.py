"""EventBridge: events of users and of services, patterns of rules, and the delivery to the rules' targets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from local_cloud.events import delivery, patterns, put_events, put_targets

if TYPE_CHECKING:
    from local_cloud.settings import Settings


def install(settings: Settings) -> None:
    """Install the corrections of moto's EventBridge."""
    delivery.install()
    patterns.install()
    put_events.install()
    put_targets.install()
