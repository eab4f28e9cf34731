"""Life goes on during a backup of the real platform: the audit names exactly what lost its half."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pryv_tui.operations.settings.resolve import resolve_settings
from pryv_tui.runs.start import start_run
from tests.real.operator import Operator, tail
from tests.real.testbed import files, people, stores
from tests.real.testbed.platform import Platform, wait_for

pytestmark = pytest.mark.engine


def test_what_came_in_at_known_moments_is_named_and_nothing_else(
    databases: Platform, tmp_path: Path
) -> None:
    platform = databases
    operator = Operator(platform, tmp_path)
    (machine,) = platform.machines
    settings = resolve_settings(
        docker=machine.engine.url,
        root=str(machine.root),
        vault=str(operator.vault),
        state=str(tmp_path / "state"),
        environment={},
    )

    def attached() -> set[str]:
        """Every attached file of the platform, by its path under the root."""
        users = machine.root.glob("pryv/core/data/users/*/*/*/*/attachments/*/*")
        return {str(path.relative_to(machine.root)) for path in users}

    before = attached()

    def after_the_dump() -> None:
        platform.add_user("late", events=2, points=3)
        platform.add_attachment(platform.people[0])

    life: dict[str, Callable[[], object]] = {
        "dump-mongodb": after_the_dump,
        "copy-ahead-accounts": lambda: platform.add_user("later", points=0),
        "copy-ahead-redis": lambda: platform.add_user("latest", points=0),
    }
    worker = (sys.executable, "-m", "tests.real.pausing", json.dumps(list(life)))
    record = start_run(settings, "backup", worker=worker)
    folder = Path(record.folder)
    for moment, act in life.items():
        wait_for(f"the end of {moment}", (folder / f"at-{moment}").exists)
        act()
        (folder / f"go-{moment}").touch()
    backup = operator.run("attach", record.id, "--json")
    assert backup.exit == 0, tail(backup)

    audit = operator.run("audit", "latest", "--json")
    assert audit.exit == 3, audit.err
    late = people.Person("late")
    # Of the first, core's index has the name, and the dump no document.
    assert audit.json["accounts"] == {"register_only": ["late", "later"], "core_only": []}
    assert audit.json["attachments"] == {
        "without_event": sorted(attached() - before),
        "missing": [],
    }
    assert attached() - before
    assert audit.json["series"] == {
        "without_account": [],
        "without_event": [f"user.late/event.{people.event_id(late, 0)}"],
    }
    assert audit.json["not_checked"] == []

    # Until something is restored all of it is well; then it is exactly what is left to be done.
    alive = operator.run("audit", "latest", "--live", "--json")
    assert alive.exit == 0, alive.out + alive.err
    assert set(alive.json["states"].values()) == {"empty"}
    _compared_before_a_restore(platform, operator)
    _lose(platform, audit.json, undumped=late, unnamed="later")
    live = operator.run("audit", "latest", "--live", "--json")
    assert live.exit == 3, live.err
    for group in ("accounts", "attachments", "series", "not_checked"):
        assert live.json[group] == audit.json[group]

    listed = operator.run("audit", "latest", "--live", "--all").out.splitlines()
    lines = [line.strip() for line in listed if line.startswith("      ")]
    assert len(lines) == 2 * sum(len(names) for group in ("accounts", "attachments", "series")
                                 for names in live.json[group].values())  # fmt: skip
    for line in lines:
        _type(platform, line, tmp_path / "aside")
    done = operator.run("audit", "latest", "--live", "--json")
    assert done.exit == 0, done.out
    assert set(done.json["states"].values()) == {"empty"}
    assert done.json["settled"]["accounts.register_only"] == ["late", "later"]


def _compared_before_a_restore(platform: Platform, operator: Operator) -> None:
    """What is newer than the set is counted by the real servers, and told by name."""
    person = platform.people[0]
    now = time.time()
    # Two of the first that signed up, one with the file, five of each of the others: their times
    # are old, and there are more than the set holds.
    came = 2 + 1 + 5 + 5 + 3
    with stores.mongodb(platform.ip("mongodb")) as database:
        database["events"].insert_many(
            {"_id": f"newer{number}", "userId": person.id, "created": now, "time": now}
            for number in range(3)
        )
    line = "event.newer0 value=1,other=2 {}"
    lines = [line.format(int(now) * 10**9 + number) for number in range(4)]
    stores.Influx(platform.ip("influxdb")).write(person.influx, lines)

    plan = operator.run("plan", "restore", "latest", "--json")
    assert plan.exit == 0, plan.err
    (chosen,) = plan.json["comparison"]["outcomes"]
    assert {kind: chosen[kind]["names"] for kind in ("gone", "stranded", "exposed")} == {
        "gone": ["latest"], "stranded": ["late", "later"], "exposed": []
    }  # fmt: skip
    newer = {(one["role"], one["what"]): one for one in plan.json["comparison"]["newer"]}
    assert newer["core", "accounts"]["amount"]["names"] == ["late", "later", "latest"]
    assert newer["register", "accounts"]["amount"]["names"] == ["latest"]
    counts = {what: newer["core", what]["amount"] for what in ("events", "attachments", "points")}
    assert {what: (one["number"], one["why"]) for what, one in counts.items()} == {
        "events": (came, ""), "attachments": (0, ""), "points": (4, "")
    }  # fmt: skip


def _lose(platform: Platform, lost: dict[str, Any], undumped: people.Person, unnamed: str) -> None:
    """Leave core as a restore of the set would: without what came after its dump and its index.

    Args:
        undumped: who came after the dump, and is in the index.
        unnamed: who came after the index.
    """
    ids = [path.split("/")[-2] for path in lost["attachments"]["without_event"]]
    ids += [name.split("event.")[1] for name in lost["series"]["without_event"]]
    with stores.mongodb(platform.ip("mongodb")) as database:
        database["events"].delete_many({"_id": {"$in": ids}})
        for collection in ("events", *people.account_documents(undumped)):
            database[collection].delete_many({"userId": undumped.id})
    index = platform.machine("core").data / "users/user-index.db"
    forget = "DELETE FROM id4name WHERE username = ?"
    files.write_database(index, "", [(forget, (unnamed,))])


def _type(platform: Platform, line: str, aside: Path) -> None:
    """Type a line of the list. Docker and InfluxDB are real; register, a stand-in, does not know
    `DELETE`, so its keys are taken away as it would."""
    (machine,) = platform.machines
    if line.startswith("curl -X DELETE"):
        name = line.split("/users/")[1].split("?")[0]
        keys = [f"{name}:users", f"{name}:server", f"{people.Person(name).email}:email"]
        words = ["EXISTS", *keys] if "dryRun=true" in line else ["DEL", *keys]
        assert platform.exec_ok("redis", "redis-cli", *words)
        return
    environment = {**os.environ, "ASIDE": str(aside), "DOCKER_HOST": machine.engine.url}
    subprocess.run(["sh", "-ec", line], check=True, env=environment, capture_output=True)
