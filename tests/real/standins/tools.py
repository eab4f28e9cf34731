"""The MongoDB of the test platform, and what its tools print: for the tests of stand-ins."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from docker.models.containers import Container
from pymongo import MongoClient
from pymongo.errors import PyMongoError

from tests.real.testbed.engines import need_engines, on_the_spare_one

from .bench import Bench, Said, execute, wait_for

TOOLS = "/app/bin/mongodb/bin"


class Mongo:
    """A running MongoDB stand-in with some documents."""

    def __init__(self, bench: Bench) -> None:
        mounts = {"data": "/app/data", "log": "/app/log", "backup": "/app/backup"}
        self.backup = bench.folder / "backup"
        self.bench = bench
        self.container: Container = bench.run("pryv-standin/mongodb:1.9.2", mounts)
        self.connect()

    def connect(self) -> None:
        """Connect (again: a restarted container may have another address)."""
        address = self.bench.address(self.container)
        self.client: MongoClient[dict[str, Any]] = MongoClient(
            address, 27017, serverSelectionTimeoutMS=500
        )
        wait_for("the MongoDB stand-in's answer", self.answers)
        self.database = self.client["pryv-node"]

    def answers(self) -> bool:
        """Whether it is there."""
        try:
            return bool(self.client.admin.command("ping"))
        except PyMongoError:
            return False

    def fill(self) -> None:
        """The numbers of documents that the recorded real runs had, and nothing else; no dump."""
        for name in self.client.list_database_names():
            if name not in ("admin", "config", "local"):
                self.client.drop_database(name)
        for left in self.backup.iterdir():
            shutil.rmtree(left) if left.is_dir() else left.unlink()
        for name, count in (("events", 1200), ("streams", 12), ("accesses", 30)):
            self.database[name].insert_many(
                [{"_id": f"{name}-{n:05d}", "userId": f"u{n % 7}", "n": n} for n in range(count)]
            )
        self.database.events.create_index([("userId", 1)], name="idx_events_userId")

    def tool(self, *command: str) -> Said:
        """Run one of the tools."""
        return execute(self.container, f"{TOOLS}/{command[0]}", *command[1:])

    def dump(self) -> Said:
        """The documented command."""
        return self.tool("mongodump", "-d", "pryv-node", "-o", "/app/backup/")

    def restore(self) -> Said:
        """The documented command."""
        return self.tool("mongorestore", "/app/backup/")


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Mongo]]:
    """Gives the stand-in that runs on an engine, and another one where it does not answer."""
    with ExitStack() as stack:
        made: dict[str, Mongo] = {}

        def server(url: str) -> Mongo:
            if url in made and not made[url].answers():
                del made[url]
            if url not in made:
                folder = tmp_path_factory.mktemp("mongo")
                made[url] = Mongo(stack.enter_context(Bench(url, folder / "bench")))
            return made[url]

        yield server


@pytest.fixture
def mongo(servers: Callable[[str], Mongo], request: pytest.FixtureRequest) -> Mongo:
    """A MongoDB stand-in that holds something."""
    (url,) = need_engines(1, spare=on_the_spare_one(request))
    found = servers(url)
    found.fill()
    return found
