"""The site of a lake in moto, whose calls are recorded."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from werkzeug.test import Client

from partitioned_pipelines.cli.settings import Settings, Target
from partitioned_pipelines.cli.target.target import Cloud
from partitioned_pipelines.cli.ui.documents import Documents
from partitioned_pipelines.cli.ui.lake_store import LakeStore
from partitioned_pipelines.cli.ui.protection import Protected
from partitioned_pipelines.cli.ui.session import Session
from partitioned_pipelines.cli.ui.site import Site
from partitioned_pipelines.spec import load_project

if TYPE_CHECKING:
    from pathlib import Path

    from werkzeug.test import TestResponse

    from partitioned_pipelines.operations.costs.price_list import PriceList
    from tests.cli.commands.test_status import Calls

PORT = 8123
HOST = f"http://127.0.0.1:{PORT}"


@dataclass
class Visitor:
    """A browser without scripts."""

    site: Site
    client: Client

    @classmethod
    def of(cls, folder: Path, calls: Calls, *, prices: PriceList | None = None, kept: Path | None = None) -> Visitor:
        settings = Settings(folder, Target.AWS, None, json=False)
        pipelines = load_project(folder).pipelines
        store = LakeStore(settings, lambda: Cloud(calls.session(), None), pipelines, prices, kept)
        session = Session(PORT)
        site = Site(store, Documents(store), session)
        return cls(site, Client(Protected(site, PORT)))

    def get(self, path: str, **options: object) -> TestResponse:
        return self.client.get(path, base_url=HOST, **options)

    def sign_in(self, token: str | None = None) -> TestResponse:
        given = {"token": self.site.session.token if token is None else token}
        return self.client.post("/session", data=given, base_url=HOST)
