"""The clients of a cloud, created by several threads."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from partitioned_pipelines.cli.target.local_endpoint import LocalEndpoint
from partitioned_pipelines.cli.target.target import Cloud

if TYPE_CHECKING:
    import pytest

NAMES = ("s3", "glue", "step_functions", "scheduler")


def test_threads_create_each_client_once_and_one_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    cloud = Cloud.local(LocalEndpoint("http://127.0.0.1:1", "key", "secret"))
    create = cloud.session.client
    active: list[str] = []
    created: list[tuple[str, int]] = []

    def creating(service: Any, **options: Any) -> Any:
        active.append(service)
        time.sleep(0.02)  # so that the threads meet
        created.append((service, len(active)))
        client = create(service, **options)
        active.remove(service)
        return client

    monkeypatch.setattr(cloud.session, "client", creating)
    with ThreadPoolExecutor(12) as pool:
        clients = list(pool.map(lambda name: getattr(cloud, name), NAMES * 3))
    assert sorted(created) == [("glue", 1), ("s3", 1), ("scheduler", 1), ("stepfunctions", 1)]
    assert len({id(client) for client in clients}) == len(NAMES)
