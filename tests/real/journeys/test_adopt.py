"""On the real test platform: a backup made by hand is adopted and restored.

Its MongoDB takes no odd names: those are tried elsewhere, by files as the real tools write them.
The stand-in for mongodump leaves no name out, so what the real one leaves out is tried elsewhere;
here the server is asked for its collections through the driver, at its container's own address.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from pryv_tui.hosts.docker_engine import DockerEngine
from pryv_tui.operations.stores.mongo_server import ask_server
from tests.real.operator import Operator
from tests.real.testbed.platform import DOMAIN, RealPlatform
from tests.real.testbed.stores import mongodb

pytestmark = pytest.mark.engine

BIN = "/app/bin/mongodb/bin"


def test_what_was_made_by_hand_comes_back(databases: RealPlatform, tmp_path: Path) -> None:
    (machine,) = databases.machines
    with mongodb(databases.ip("mongodb")) as database:
        database["my_notes"].insert_many([{"_id": 1}, {"_id": 2}])
    engine = DockerEngine(machine.engine.url)
    container = next(c for c in engine.containers() if c.service == "mongodb")
    told = ask_server(engine, container)
    assert {"my_notes", "events"} <= told.dumped
    before = databases.contents()

    # As the guide has it: the dumps, then a copy of the root without the databases' own files.
    dump = [f"{BIN}/mongodump", "-d", "pryv-node", "-o", "/app/backup/"]
    dumped = machine.engine.exec("pryvio_mongodb", *dump)
    assert dumped.code == 0
    assert "done dumping pryv-node.events (120 documents)" in dumped.stderr
    backup = ["/usr/bin/influxd", "backup", "-portable", "/pryv/backup/"]
    assert machine.engine.exec("pryvio_influxdb", *backup).code == 0
    by_hand = tmp_path / "by-hand"
    left = ("pryv/mongodb/data", "pryv/influxdb/data", "pryv/core/data/previews")
    subprocess.run(["cp", "-a", machine.root, by_hand], check=True)
    for path in left:
        shutil.rmtree(by_hand / path)

    databases.wipe("all", "everything")
    operator = Operator(databases, tmp_path)
    adopted = operator.run("adopt", by_hand, "--json", "--domain", DOMAIN)
    assert adopted.exit == 0, adopted.out[-3000:] + adopted.err
    made = json.loads((operator.vault / operator.only_set()["id"] / "set.json").read_text())
    assert made["hosts"][0]["stores"]["mongodb"]["collections"]["my_notes"] == 2
    restored = operator.restore()
    assert restored.exit == 0, restored.out[-3000:] + restored.err
    assert databases.contents() == before
    with mongodb(databases.ip("mongodb")) as database:
        assert database["my_notes"].count_documents({}) == 2
