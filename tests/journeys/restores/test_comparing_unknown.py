"""What can not be known of a restore's cost is told as not known, and never as none."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace

import bson
import pytest
from msgspec.structs import replace

from pryv_tui.operations.audit.live import audit_live
from pryv_tui.operations.comparing.look import compare
from pryv_tui.operations.comparing.newer_words import newer_words
from pryv_tui.operations.debts import Owed
from pryv_tui.operations.facts import NewerFound, RunFacts
from pryv_tui.operations.steps.bringing_back.ask_newer import look_aside
from pryv_tui.operations.stores.mongo_server import OWNED
from pryv_tui.practice.people import account
from pryv_tui.practice.stores.mongo import MongoStore
from pryv_tui.vault.manifest import CoreAccounts, SetHost
from pryv_tui.vault.sets import BackupSet
from tests.journeys.restores.lived import (
    BORN,
    NEW,
    Lived,
    alive,
    chosen,
    living,
    names,
    stands,
    told,
)

__all__ = ["living"]


@alive
@pytest.mark.parametrize(
    ("machine", "stopped", "unknown"),
    [
        ("core", "mongodb", {"events"}),
        ("core", "influxdb", {"points"}),
        ("register", "redis", {"accounts"}),
    ],
)
def test_what_does_not_run_is_not_known_and_never_none(
    living: Lived, machine: str, stopped: str, unknown: set[str]
) -> None:
    living.host(machine).stop(f"pryvio_{stopped}")
    try:
        found = living.compare("core")
    finally:
        living.host(machine).start(f"pryvio_{stopped}")
    dark = {one.what for one in found.newer if one.amount.number is None}
    assert dark == unknown
    assert all(f"pryvio_{stopped}" in one.amount.why for one in found.newer if one.what in dark
               and one.amount.number is None)  # fmt: skip
    (state,) = [each for each in found.roles if each.host == machine]
    assert state.condition == "damaged"
    assert any(f"pryvio_{stopped} is not running" in why for why in state.why)
    if stopped == "redis":
        alone, both, _register = found.outcomes
        assert alone.stranded.number is alone.exposed.number is None
        # Core answers: those are gone at least.
        assert (both.gone.names, bool(both.gone.why)) == (NEW, True)


@alive
def test_a_machine_that_does_not_answer_is_not_known(living: Lived) -> None:
    deployment = living.site.discover()
    hosts = tuple(
        replace(each, reachable=False, roles=(), containers=(), problem="nobody answers")
        if each.name == "register"
        else each
        for each in deployment.hosts
    )
    found = compare(living.site, replace(deployment, hosts=hosts), living.set, ("core",))
    assert stands(found)["register"] == "unknown"
    alone = chosen(found)
    assert (alone.stranded.number, alone.exposed.number) == (None, None)
    assert "nobody answers" in alone.stranded.why
    (dark,) = [one for one in found.newer if one.role == "register"]
    assert dark.amount.number is None


@alive
def test_what_could_not_be_asked_is_told_by_what_lies_aside(living: Lived) -> None:
    """Its root lies as what was moved aside of it would."""
    (state,) = living.site.discover().hosts_of("core")
    assert state.root is not None
    asked = [
        NewerFound(host=state.name, role="core", what=what, why="it was down")
        for what in ("accounts", "events", "attachments", "points")
    ]

    def told(where: Path) -> dict[str, NewerFound]:
        aside = Owed(kind="aside", host=state.name, what=str(state.root), where=str(where))
        ctx = SimpleNamespace(
            facts=RunFacts(newer=list(asked), owed=[aside]),
            site=living.site,
            state_of=lambda _name: state,
        )
        look_aside(ctx, living.set.id)  # type: ignore[arg-type]
        return {one.what: one for one in ctx.facts.newer}

    found = told(state.root_path)
    assert found["accounts"].names == list(NEW)
    counts = {what: (found[what].number, found[what].why) for what in ("attachments", "points")}
    assert counts == {what: (living.added[what], "") for what in counts}
    assert all(found[what].by_files for what in ("accounts", "attachments", "points"))
    events = found["events"]
    assert (events.number, events.why) == (None, "it was down")
    copy, start, dump, end = events.look
    assert copy == f'cp -a {state.root}/pryv/mongodb/data "$ROOM"/data'
    assert '-v "$ROOM"/data:/app/data' in start and "--network none" in start
    assert f"{state.root}/pryv/mongodb/data" not in start, "what an undo puts back is not touched"
    assert "mongodump -d pryv-node -o /app/data/newer" in dump
    assert isinstance(events.in_set, int)
    assert end == "docker rm -f pryv-look"
    lines = newer_words([events, found["points"]])
    assert any("core: events: not known (it was down)" in line for line in lines)
    assert any(line.endswith(" ; ".join(events.look)) for line in lines)
    assert any("as the files tell that were moved aside" in line for line in lines)
    # Where nothing lies of it, nothing is said to be there.
    assert [found.number for found in told(state.root_path / "pryv").values()] == [None] * 4


def said_of_accounts(of: BackupSet, said: CoreAccounts | None, dump: str = "") -> BackupSet:
    """The same set, as one of another version would tell of its accounts.

    Args:
        dump: where its dump of MongoDB would lie.
    """

    def part(held: SetHost) -> SetHost:
        if "core" not in held.roles:
            return held
        mongodb = held.layout.stores["mongodb"]
        stores = {**held.layout.stores, "mongodb": replace(mongodb, dump=dump or mongodb.dump)}
        return replace(held, accounts=said, layout=replace(held.layout, stores=stores))

    assert of.manifest is not None
    hosts = tuple(part(each) for each in of.manifest.hosts)
    return replace(of, manifest=replace(of.manifest, hosts=hosts))


@alive
def test_which_accounts_have_documents_is_kept_and_else_read_and_else_not_known(
    living: Lived,
) -> None:
    manifest = living.set.manifest
    assert manifest is not None
    (core,) = [part for part in manifest.hosts if "core" in part.roles]
    assert core.accounts == CoreAccounts(indexed=BORN, without_documents=(), without_name=())
    assert core.attachments == 2
    bare = names(0)
    said = said_of_accounts(living.set, replace(core.accounts, without_documents=bare))
    found = living.compare("core", of=said)
    assert told(chosen(found))["stranded"] == tuple(sorted((*bare, *NEW)))
    both = next(each for each in found.outcomes if each.roles == ("core", "register"))
    assert told(both) == {"gone": NEW, "stranded": bare, "exposed": ()}

    # A set of before that was kept, or that could not keep it: its dump tells.
    older = said_of_accounts(living.set, None)
    many = said_of_accounts(living.set, CoreAccounts(indexed=BORN, why="too many"))
    for each in (older, many):
        whole = chosen(living.compare("core", of=each)).stranded
        assert (whole.names, whole.whole) == (NEW, True)
    dark = said_of_accounts(living.set, None, dump="pryv/mongodb/nowhere")
    core_only = chosen(living.compare("core", of=dark))
    register = chosen(living.compare("register", of=dark))
    assert (core_only.stranded.names, core_only.stranded.of("name")) == (NEW, "at least 2 names")
    assert "no dump of MongoDB" in core_only.stranded.why
    assert (register.exposed.names, register.exposed.whole) == (NEW, True), (
        "core lives, and is asked"
    )


@alive
def test_an_index_whose_documents_are_gone_is_no_account(living: Lived) -> None:
    """What has its name in core's index alone is stranded already, as the live audit finds it."""
    bare = account(1, 0)
    (state,) = living.site.discover().hosts_of("core")
    assert state.root is not None
    store = MongoStore(state.root_path / "pryv/mongodb/data")
    kept = {name: list(store.documents("pryv-node", name)) for name in OWNED}
    theirs = [
        (bson.encode({"_id": one["_id"]}),)
        for documents in kept.values()
        for one in map(bson.decode, documents)
        if one["userId"] == bare.user_id
    ]
    with closing(sqlite3.connect(store.data / "pryv-node.practice")) as database, database:
        database.executemany("DELETE FROM documents WHERE id = ?", theirs)
    try:
        found = living.compare("register")
        assert audit_live(living.site).found.names("accounts", "register_only") == [bare.username]
    finally:
        for name, documents in kept.items():
            store.insert("pryv-node", name, documents)
    assert told(chosen(found)) == {"gone": (), "stranded": (bare.username,), "exposed": NEW}


@alive
def test_a_set_that_is_in_a_repository_alone_tells_numbers(living: Lived) -> None:
    found = living.compare("core", of=replace(living.set, here=False))
    newer = {(one.role, one.what): one.amount for one in found.newer}
    assert newer["core", "events"].number == living.added["events"]
    attached = newer["core", "attachments"]
    assert (attached.number, attached.whole) == (living.added["attachments"], False)
    assert "in the repository alone" in attached.why
    assert living.set.manifest is not None
    hosts = tuple(replace(part, attachments=None) for part in living.set.manifest.hosts)
    older = replace(living.set, here=False, manifest=replace(living.set.manifest, hosts=hosts))
    found_older = {one.what: one.amount for one in living.compare("core", of=older).newer}
    assert found_older["attachments"].number is None
    register = newer["register", "accounts"]
    assert (register.number, register.names, register.whole) == (2, None, False)
    assert chosen(found).stranded.number is None
