"""A restored MongoDB counts its documents itself; where it can't be asked, they are all read."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest

from pryv_tui.errors import Cancelled, PryvTuiError
from pryv_tui.hosts.engine import OutputSink
from pryv_tui.operations.stores import mongo_counts, mongo_server
from pryv_tui.operations.stores.mongo_counts import (
    NotCounted,
    ask_counts,
    count_command,
    count_words,
)
from pryv_tui.operations.stores.mongodb import MongoDB
from pryv_tui.operations.stores.near import NotNear
from tests.helpers.waiting import PATIENCE
from tests.hosts.machines import StillHost, machine
from tests.operations.kit import TellingEngine, context
from tests.operations.plans.planned import restore_of
from tests.operations.stores.mongodb_said import HELD, archive

KINDS = dict.fromkeys(HELD, "collection")
LINES = "".join(f"counted {name}: {count}\n" for name, count in HELD.items())


def told(documents: dict[str, int], kinds: dict[str, str] | None = None) -> str:
    return LINES + json.dumps({"collections": kinds or KINDS, "documents": documents}) + "\n"


def server(
    shell: tuple[int, str, str] | PryvTuiError, *, addresses: tuple[str, ...] = ()
) -> StillHost:
    """A host whose shell answers so, and whose mongodump sends what the set holds."""

    class Sends(TellingEngine):
        def exec(
            self, container: str, argv: Sequence[str], *, on_output: OutputSink, **_more: Any
        ) -> int:
            self.asked.append((container, list(argv)))
            if argv[0].endswith("mongodump"):
                on_output("stdout", archive(HELD))
                return 0
            if isinstance(shell, PryvTuiError):
                raise shell
            code, out, err = shell
            on_output("stdout", out.encode())
            on_output("stderr", err.encode())
            return code

    containers = [msgspec.structs.replace(c, addresses=addresses) for c in machine("core")]
    host = StillHost("core", containers)
    engine: Any = Sends(containers, lambda _argv: (0, "", ""))
    host.engine = engine
    return host


def read_again(host: StillHost) -> bool:
    engine: Any = host.engine
    return any(argv[0].endswith("mongodump") for _name, argv in engine.asked)


def test_the_server_counts_and_nothing_is_read_again(tmp_path: Path) -> None:
    host = server((0, "a warning of the shell\n" + told(HELD), ""))
    ctx, _heard = context(tmp_path, host)
    MongoDB().compare(ctx, "core", {"collections": HELD})
    assert not read_again(host)
    assert "1242 documents in 3 collections" in ctx.facts.checks[0]
    assert "the documents themselves were not read" in ctx.facts.checks[0]


@pytest.mark.parametrize(
    "documents",
    [{**HELD, "events": 1199}, {**HELD, "events": 1201}, {**HELD, "more": 1}],
    ids=["one too few", "one too many", "a collection too many"],
)
def test_another_number_fails_the_restore(tmp_path: Path, documents: dict[str, int]) -> None:
    kinds = dict.fromkeys(documents, "collection")
    ctx, _heard = context(tmp_path, server((0, told(documents, kinds), "")))
    with pytest.raises(PryvTuiError, match="MongoDB's documents differ") as caught:
        MongoDB().compare(ctx, "core", {"collections": HELD})
    assert caught.value.name == "check-failed"


@pytest.mark.parametrize(
    "shell",
    [
        (1, LINES, "Error: network error while attempting to run command 'aggregate'\n"),
        (252, "", "uncaught exception: Error: command listCollections requires authentication\n"),
        (0, LINES, ""),
        (0, told({name: HELD[name] for name in list(HELD)[1:]}), ""),
        (0, told({**HELD}).replace(": 1200", ': "many"'), ""),
    ],
    ids=["died in mid-count", "asks for a password", "no last word", "left one out", "no number"],
)
def test_what_is_no_whole_answer_is_not_believed_and_all_is_read(
    tmp_path: Path, shell: tuple[int, str, str]
) -> None:
    host = server(shell)
    ctx, heard = context(tmp_path, host)
    MongoDB().compare(ctx, "core", {"collections": HELD})
    assert read_again(host)
    assert any("all are read once more" in text for _level, text in heard.notes)
    assert "each was read once more" in ctx.facts.checks[0]


@pytest.mark.parametrize("name", ["container-stopped", "engine-unreachable"])
def test_a_server_that_is_away_is_not_asked_in_another_way(tmp_path: Path, name: str) -> None:
    host = server(PryvTuiError(name, "it is away"))
    ctx, _heard = context(tmp_path, host)
    with pytest.raises(PryvTuiError, match="it is away"):
        MongoDB().compare(ctx, "core", {"collections": HELD})
    assert not read_again(host)


def test_the_number_that_a_server_keeps_beside_its_documents_is_not_asked_for() -> None:
    """It is wrong after a server that ended uncleanly."""
    script = count_command("mongo")[-1]
    assert "$group" in script
    assert ".count(" not in script and "estimated" not in script


def test_series_are_counted_by_their_buckets_and_views_not_at_all(tmp_path: Path) -> None:
    kinds = {"ts": "timeseries", "v": "view", "system.views": "collection", "a$b": "collection"}
    host = server((0, told({"system.buckets.ts": 3, "a$b": 2}, kinds), ""))
    ctx, _heard = context(tmp_path, host)
    held = {"collections": {"system.buckets.ts": 3}, "views": ["v"]}
    MongoDB().compare(ctx, "core", held)
    assert ctx.facts.warnings == []
    MongoDB().compare(ctx, "core", {"collections": {"system.buckets.ts": 3, "a$b": 2}})
    assert ctx.facts.warnings == []


def test_what_it_costs_where_it_can_not_be_asked_is_told() -> None:
    steps = restore_of("core").steps
    dump = ("dump", "mongodb", "", "core")
    assert "its last dump: 3 minutes" in count_words(steps, {dump: 170.0})
    assert "1 hour and 2 minutes" in count_words(steps, {dump: 3725.0})


class Database:
    """What the driver is asked, and answers as told."""

    def __init__(self, answer: Any) -> None:
        self.answer = answer
        self.asked: list[dict[str, Any]] = []
        self.name = ""
        """As which the server knows who asks."""

    def list_collections(self) -> list[dict[str, Any]]:
        return [{"name": name, "type": "collection"} for name in [*HELD, "empty"]]

    def command(self, asked: dict[str, Any], *, maxTimeMS: int) -> Any:
        self.asked.append(asked)
        if self.answer is not None:
            return self.answer(asked)
        name = asked["aggregate"]
        return {"cursor": {"firstBatch": [{"n": HELD[name]}] if name in HELD else []}}


NO_SHELL = PryvTuiError("program-missing", "there is no shell")


def driven(monkeypatch: pytest.MonkeyPatch, answer: Any = None) -> Database:
    database = Database(answer)

    @contextmanager
    def at(address: str, _seconds: float, name: str) -> Iterator[Database]:
        assert address == "172.18.0.4"
        database.name = name
        yield database

    def near(engine: Any, container: str) -> str:
        if not engine.address(container):
            raise NotNear("it has no address on this machine")
        return str(engine.address(container))

    monkeypatch.setattr(mongo_counts, "database_at", at)
    monkeypatch.setattr(mongo_counts, "mongodb", near)
    return database


@pytest.mark.parametrize("shell", [NO_SHELL, (0, "a shell would be asked\n", "")])
def test_the_driver_has_each_collection_counted_and_no_program_is_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, shell: Any
) -> None:
    database = driven(monkeypatch)
    host = server(shell, addresses=("172.18.0.4",))
    ctx, _heard = context(tmp_path, host)
    assert ask_counts(ctx, "core").documents == {**HELD, "empty": 0}
    assert [asked["aggregate"] for asked in database.asked] == sorted([*HELD, "empty"])
    engine: Any = host.engine
    assert engine.asked == []


def refused(_asked: Any) -> Any:
    raise PryvTuiError("step-failed", "172.18.0.4: command aggregate requires authentication")


@pytest.mark.parametrize(
    "answer", [refused, lambda _asked: {}, lambda _asked: {"cursor": {"firstBatch": [{}]}}]
)
def test_a_driver_that_gets_no_count_has_all_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answer: Any
) -> None:
    driven(monkeypatch, answer)
    host = server(NO_SHELL, addresses=("172.18.0.4",))
    ctx, _heard = context(tmp_path, host)
    MongoDB().compare(ctx, "core", {"collections": HELD})
    assert read_again(host)


@pytest.mark.parametrize(
    "answer", [refused, lambda _asked: {}, lambda _asked: {"cursor": {"firstBatch": [{}]}}]
)
def test_a_driver_that_gets_no_count_has_the_shell_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answer: Any
) -> None:
    """One that answers, and not what is asked: it may want a password that the shell has."""
    driven(monkeypatch, answer)
    host = server((0, told(HELD), ""), addresses=("172.18.0.4",))
    ctx, _heard = context(tmp_path, host)
    MongoDB().compare(ctx, "core", {"collections": HELD})
    assert not read_again(host)
    assert "1242 documents in 3 collections" in ctx.facts.checks[0]


def test_a_cancel_does_not_wait_for_a_server_that_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    never = threading.Event()
    host = server(NO_SHELL, addresses=("172.18.0.4",))
    ctx, _heard = context(tmp_path, host)

    def counts(_asked: Any) -> Any:
        cancel: Any = ctx.cancel
        cancel.set()
        never.wait()

    driven(monkeypatch, counts)
    with pytest.raises(Cancelled):
        ask_counts(ctx, "core")
    never.set()


def test_a_server_on_another_machine_without_a_shell_is_not_asked_by_its_address(
    tmp_path: Path,
) -> None:
    host = server(NO_SHELL, addresses=("172.18.0.4",))
    engine: Any = host.engine
    engine.url = "tcp://192.0.2.7:2376"
    ctx, _heard = context(tmp_path, host)
    with pytest.raises(NotCounted, match="no address on this machine"):
        ask_counts(ctx, "core")


def test_whether_it_answers_is_asked_without_reading_its_documents(tmp_path: Path) -> None:
    host = server((0, "", ""))
    ctx, _heard = context(tmp_path, host)
    MongoDB().wait(ctx, "core")
    engine: Any = host.engine
    ((_name, argv),) = engine.asked
    assert argv[0].endswith("mongodump") and "pryv-node" not in argv


def one_short(asked: dict[str, Any]) -> Any:
    """A member of a set of servers that lags behind."""
    name = asked["aggregate"]
    return {"cursor": {"firstBatch": [{"n": HELD[name] - 1}] if name in HELD else []}}


def test_what_the_driver_was_told_is_no_verdict_where_the_shell_says_otherwise(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    driven(monkeypatch, one_short)
    host = server((0, told(HELD), ""), addresses=("172.18.0.4",))
    ctx, _heard = context(tmp_path, host)
    MongoDB().compare(ctx, "core", {"collections": HELD})
    assert "1242 documents in 3 collections" in ctx.facts.checks[0]
    assert not read_again(host)


@pytest.mark.parametrize("shell", [NO_SHELL, (1, "", "it asks for a password")])
def test_it_is_one_where_no_shell_says_anything(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, shell: Any
) -> None:
    driven(monkeypatch, one_short)
    ctx, _heard = context(tmp_path, server(shell, addresses=("172.18.0.4",)))
    with pytest.raises(PryvTuiError, match="MongoDB's documents differ"):
        MongoDB().compare(ctx, "core", {"collections": HELD})


def test_a_count_that_nobody_waits_for_is_ended_on_the_server(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may walk through a collection for minutes, beside the restore that was cancelled."""
    ended: list[tuple[str, str]] = []
    over = threading.Event()

    def counts(_asked: Any) -> Any:
        ctx.cancel.set()  # type: ignore[attr-defined]
        assert over.wait(PATIENCE)
        raise PryvTuiError("step-failed", "operation was interrupted")

    database = driven(monkeypatch, counts)

    def end(address: str, name: str) -> None:
        ended.append((address, name))
        over.set()

    monkeypatch.setattr(mongo_counts, "end_asked_by", end)
    ctx, _heard = context(tmp_path, server(NO_SHELL, addresses=("172.18.0.4",)))
    with pytest.raises(Cancelled):
        ask_counts(ctx, "core")
    assert ended == [("172.18.0.4", database.name)]
    assert database.name.startswith("pryv-tui-counts-"), "no other question of ours is ended"


class Admin:
    """What a server is told to do with what it does."""

    def __init__(self, doing: list[dict[str, Any]]) -> None:
        self.client = self
        self.admin = self
        self.doing = doing
        self.killed: list[int] = []

    def command(self, asked: dict[str, Any]) -> dict[str, Any]:
        if "killOp" in asked:
            self.killed.append(asked["op"])
            return {"ok": 1}
        mine = [one for one in self.doing if one["appName"] == asked["appName"]]
        return {"inprog": mine}


def test_what_is_ended_is_what_was_asked_by_that_name(monkeypatch: pytest.MonkeyPatch) -> None:
    told = Admin([{"opid": 7, "appName": "ours"}, {"opid": 8, "appName": "core"},
                  {"appName": "ours"}])  # fmt: skip

    @contextmanager
    def at(_address: str, _seconds: float) -> Iterator[Admin]:
        yield told

    monkeypatch.setattr(mongo_server, "database_at", at)
    mongo_server.end_asked_by("a:1", "ours")
    assert told.killed == [7]

    @contextmanager
    def refuses(_address: str, _seconds: float) -> Iterator[Admin]:
        raise PryvTuiError("step-failed", "not authorized")
        yield told

    monkeypatch.setattr(mongo_server, "database_at", refuses)
    mongo_server.end_asked_by("a:1", "ours")
