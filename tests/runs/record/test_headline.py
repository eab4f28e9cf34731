"""A run's headline says what was not checked, with the reason, and what is not there."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from pryv_tui.operations.context import RunContext
from pryv_tui.operations.plan import Plan, PlanKind
from pryv_tui.operations.steps.taking.check_store import CheckStore
from pryv_tui.operations.stores.influxdb import InfluxDB
from pryv_tui.platform.layout import resolve_layout
from pryv_tui.runs.worker.last_word import last_word
from tests.hosts.machines import StillHost
from tests.operations.kit import context, telling


def said(ctx: RunContext, kind: PlanKind = "restore") -> str:
    plan = Plan(kind=kind, roles=("core",), steps=(), domain="pryv.example", set_id="SET")
    return last_word(plan, ctx, None, None, []).what


def test_shards_that_an_older_set_says_nothing_of_are_in_the_headline(tmp_path: Path) -> None:
    """It is no warning: nobody can do anything about it."""
    databases = "name,name\ndatabases,user.a\n"
    ctx, _heard = context(tmp_path, telling("core", "core", lambda _argv: (0, databases, "")))
    InfluxDB().compare(ctx, "core", {"databases": ["user.a"], "shards": 1})
    assert "restored; NOT compared: whether InfluxDB has every shard (the set is from" in said(ctx)
    assert ctx.facts.warnings == []


def test_what_a_backup_did_not_check_is_in_its_headline(tmp_path: Path) -> None:
    ctx, _heard = context(tmp_path, StillHost("core"))
    assert said(ctx, "backup") == "The backup set SET is complete and was checked."
    ctx.facts.of("core").stores["sqlite"] = {}
    path = tmp_path / "set/files/pryv/core/data/users"
    path.mkdir(parents=True)
    with closing(sqlite3.connect(path / "odd.db")) as database:
        database.create_collation("own", lambda one, other: (one > other) - (one < other))
        database.execute("CREATE TABLE names (name TEXT COLLATE own)")
        database.execute("CREATE INDEX by_name ON names (name)")
        database.executemany("INSERT INTO names VALUES (?)", [("a",), ("b",)])
        database.commit()
    layout = resolve_layout(("core",), str(tmp_path / "root"), {})
    destination = str(tmp_path / "set")
    CheckStore(host="core", store="sqlite", layout=layout, destination=destination).perform(ctx)
    assert (
        "complete; NOT checked: all of pryv/core/data/users/odd.db on core (names: no such coll"
        in said(ctx, "backup")
    )


def test_what_did_not_come_back_is_in_the_headline(tmp_path: Path) -> None:
    ctx, _heard = context(tmp_path, StillHost("core"))
    ctx.lacks("the view 'recent' of MongoDB", "MongoDB: the view 'recent' is in the set alone")
    assert said(ctx) == (
        "The set SET is restored but for the view 'recent' of MongoDB, and was compared."
    )
    assert said(ctx, "backup").startswith("The backup set SET is complete but for the view")
    assert len(ctx.facts.warnings) == 1
