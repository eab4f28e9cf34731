"""What an interrupted dump leaves is taken away with it, and nothing that is somebody else's."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import pytest

from pryv_tui.errors import Exit, PryvTuiError
from pryv_tui.hosts.docker_errors import names_program, translate
from pryv_tui.operations.containers.following import followed, not_followed
from pryv_tui.operations.context import RunContext
from pryv_tui.operations.debts import Owed
from pryv_tui.operations.plan import Plan
from pryv_tui.operations.root.aside import set_aside
from pryv_tui.operations.steps.taking.prepare_dump import PrepareDump, PutBackDump, put_back_dump
from pryv_tui.operations.stores.base import exec_dump
from pryv_tui.operations.stores.influxdb import InfluxDB
from pryv_tui.operations.stores.mongodb import BIN
from pryv_tui.runs.worker.last_word import last_word
from tests.operations.kit import context, telling

OURS = (
    "meta.00",
    "meta.00.pending",
    "user.anna.autogen.00002.00",
    "user.anna.autogen.00002.00.pending",
    "user.a b.c.one week.00113.01.pending",
    "user.anna.autogen.104729.00.pending",
    "20260101T000000Z.meta",
    "20260101T000000Z.s2.tar.gz",
    "20260101T000000Z.s2.tar.gz.pending",
)
"""As influxd calls what it fetches, packs, and has not fetched whole (transcripts of 1.6.7)."""
THEIRS = ("notes.pending", "user.anna.autogen.csv", "meta.txt", "20260101.tar.gz")


def steps(tmp_path: Path, store: str) -> tuple[RunContext, PrepareDump, PutBackDump, Path]:
    root = tmp_path / "root"
    folder = root / "pryv" / store / "backup"
    folder.mkdir(parents=True)
    host = telling("core", "core", lambda _argv: (0, "", ""), root=root)
    ctx, _heard = context(tmp_path, host)
    named = {
        "host": "core",
        "store": store,
        "folder": str(folder),
        "aside": str(root / ".pryv-tui/dumps/RUN" / store),
    }
    return ctx, PrepareDump(**named), PutBackDump(**named), folder


def test_no_half_of_an_interrupted_dump_stays(tmp_path: Path) -> None:
    ctx, prepare, put_back, folder = steps(tmp_path, "influxdb")
    (folder / "older").write_text("of before")
    prepare.perform(ctx)
    for name in (*OURS, *THEIRS):
        (folder / name).write_text(name)
    put_back.perform(ctx)
    assert sorted(path.name for path in folder.iterdir()) == sorted(("older", *THEIRS))
    assert ctx.facts.warnings == []


@pytest.mark.parametrize(
    ("words", "missing"),
    [
        ('OCI runtime exec failed: exec failed: exec: "influx": executable file not found in'
         " $PATH: unknown", True),
        ('exec failed: unable to start container process: exec: "/usr/bin/influx": stat'
         " /usr/bin/influx: no such file or directory: unknown", True),
        ("OCI runtime exec failed: exec failed: unable to start container process: error"
         " executing setns process: open /proc/812/ns/mnt: no such file or directory", False),
        ("cannot exec in a stopped container", False),
        ("open /run/containerd/io.containerd.runtime.v2.task/moby/f00/process.pid: no such file"
         " or directory", False),
    ],
)  # fmt: skip
def test_a_container_that_goes_away_does_not_lack_a_program(words: str, missing: bool) -> None:
    import docker.errors

    assert names_program(words) is missing
    name = translate(docker.errors.APIError(words), "unix:///x", "pryvio_influxdb").name
    assert (name == "program-missing") is missing


class Dumping(NamedTuple):
    """A dump folder that a run has left, and the engine in which its dump may go on."""

    ctx: RunContext
    folder: Path
    owed: Owed
    container: str
    engine: Any

    def give_back(self) -> None:
        put_back_dump(self.ctx, self.owed)


def left(tmp_path: Path, store: str, run: str = "ANOTHER") -> Dumping:
    ctx, _prepare, _put_back, folder = steps(tmp_path, store)
    aside = tmp_path / f"root/.pryv-tui/dumps/{run}" / store
    set_aside(folder, aside, frozenset())
    (folder / "meta.00.pending").write_text("a half")
    owed = Owed(kind="dump", host="core", what=str(folder), where=str(aside))
    container = ctx.deployment.hosts[0].layout.stores[store].container
    return Dumping(ctx, folder, owed, container, ctx.site.host("core").engine)


@pytest.fixture(autouse=True)
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A place of this user's for what has been written down of programs."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "own"))
    return tmp_path / "own/pryv-tui/looks"


def begun(made: Dumping, program: str, run: str = "ANOTHER", *, container: str = "") -> None:
    """A program of a run that nobody follows any more."""
    with (
        pytest.raises(PryvTuiError),
        followed(made.engine.url, container or made.container, run) as tell,
    ):
        tell(program)
        raise PryvTuiError("engine-unreachable", "it is gone")


LINES = {
    "influxdb": "/usr/bin/influxd backup -portable /pryv/backup/",
    "mongodb": f"{BIN}/mongodump -d pryv-node -o /app/backup/",
}


@pytest.mark.parametrize("store", LINES)
@pytest.mark.parametrize("run", ["ANOTHER", "RUN"])
def test_the_dump_of_a_run_is_ended_before_its_folder_is_given_back_and_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, own: Path, store: str, run: str
) -> None:
    """It goes on in its container, and would fill the folder for ever."""
    made = left(tmp_path, store, run)
    for program in ("ours", "ours too", "over"):
        begun(made, program, run)
    begun(made, "of another run", "THIRD")
    begun(made, "a look", "")
    begun(made, "elsewhere", run, container="pryvio_other")
    asked: list[tuple[str, str]] = []

    def end(name: str, program: str) -> bool:
        assert (made.folder / "meta.00.pending").exists(), "first the writer, then what it wrote"
        asked.append((name, program))
        return program != "over"

    monkeypatch.setattr(made.engine, "end_exec", end)
    monkeypatch.setattr(made.engine, "processes", lambda _name: [store])
    with followed(made.engine.url, made.container, run) as tell:
        tell("still followed")
        made.give_back()
    names = ("ours", "ours too", "over")
    assert sorted(asked) == [(made.container, name) for name in names]
    assert list(made.folder.iterdir()) == []
    kept = [path.name for path in (tmp_path / "root/.pryv-tui").rglob("*.pending")]
    assert kept == ([] if run == "RUN" else ["meta.00.pending"]), "a dead run's goes aside"
    assert len(list(own.iterdir())) == 3, "what was ended is forgotten, and nothing else"


@pytest.mark.parametrize("store", LINES)
def test_nothing_is_asked_of_a_container_that_is_down(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, store: str
) -> None:
    made = left(tmp_path, store)
    begun(made, "ours")
    stopped = msgspec.structs.replace(made.engine._containers[made.container], state="exited")
    made.engine._containers[made.container] = stopped
    monkeypatch.setattr(made.engine, "end_exec", None)
    monkeypatch.setattr(made.engine, "processes", None)
    made.give_back()
    assert list(made.folder.iterdir()) == []


@pytest.mark.parametrize("store", LINES)
@pytest.mark.parametrize("form", ["{}", "{}nightly/", 'sh -c "{} && echo done"', "timeout 60 {}"])
def test_a_dump_by_hand_into_that_folder_is_not_ended_and_keeps_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, store: str, form: str
) -> None:
    """Its command line may be the very one of the dead run, whose own dump is over."""
    made = left(tmp_path, store)
    line = form.format(LINES[store])
    monkeypatch.setattr(made.engine, "processes", lambda _name: [store, line])
    with pytest.raises(PryvTuiError, match="may be another person's") as caught:
        made.give_back()
    assert line in caught.value.what and "pryv-tui recover" in caught.value.remedy
    assert (made.folder / "meta.00.pending").exists(), "nothing is taken from under who writes"


@pytest.mark.parametrize(
    ("store", "line"),
    [
        ("mongodb", f"{BIN}/mongodump -d billing -o /elsewhere/"),
        ("mongodb", f"{BIN}/mongodump -d pryv-node --archive"),
        ("mongodb", "tail -f /app/backup/notes"),
        ("influxdb", "/usr/bin/influxd backup -portable /elsewhere/"),
    ],
)
def test_what_does_not_dump_into_that_folder_keeps_nobody_waiting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, store: str, line: str
) -> None:
    made = left(tmp_path, store)
    monkeypatch.setattr(made.engine, "processes", lambda _name: [store, line])
    made.give_back()
    assert list(made.folder.iterdir()) == []


def test_a_folder_is_not_given_back_while_the_runs_own_dump_writes_into_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, own: Path
) -> None:
    made = left(tmp_path, "influxdb")
    begun(made, "ours")

    def held(_name: str, _program: str) -> bool:
        raise PryvTuiError("step-failed", "it could not be ended", "End it by hand: kill -9 7")

    monkeypatch.setattr(made.engine, "end_exec", held)
    with pytest.raises(PryvTuiError, match="could not be ended"):
        made.give_back()
    assert (made.folder / "meta.00.pending").exists()
    assert len(list(own.iterdir())) == 1, "it is tried again"


@pytest.mark.parametrize("store", LINES)
def test_a_run_whose_engine_is_gone_gives_its_own_folder_back_and_no_dead_run_s(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, store: str
) -> None:
    """Its dump failed of just that; whether a dead run's goes on nobody can tell."""

    def gone() -> None:
        raise PryvTuiError("engine-unreachable", "no engine answers at unix:///x")

    made = left(tmp_path, store)
    monkeypatch.setattr(made.engine, "glance", gone)
    with pytest.raises(PryvTuiError, match="no engine answers"):
        made.give_back()
    assert (made.folder / "meta.00.pending").exists()
    mine = made.owed.where.replace("ANOTHER", made.ctx.run_id)
    Path(mine).mkdir(parents=True)
    (Path(mine) / "older").write_text("of before")
    put_back_dump(made.ctx, Owed(kind="dump", host="core", what=made.owed.what, where=mine))
    assert "older" in [path.name for path in made.folder.iterdir()]


def test_which_program_dumps_is_written_down_before_it_starts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, own: Path
) -> None:
    made = left(tmp_path, "mongodb")
    seen: list[int] = []

    def run(*_given: Any, begun: Callable[[str], None], **_more: Any) -> int:
        begun("program")
        seen.append(len(list(own.glob("*.dump"))))
        assert not_followed(made.engine.url, made.container, "RUN") == {}, "it is followed"
        return 0

    monkeypatch.setattr(made.engine, "exec", run)
    argv = LINES["mongodb"].split()
    assert exec_dump(made.ctx, "core", made.container, argv, made.folder, lambda *_: None) == 0
    assert seen == [1] and list(own.iterdir()) == []


def said(ctx: RunContext) -> str:
    plan = Plan(kind="restore", roles=("core",), steps=(), domain="pryv.example", set_id="SET")
    return last_word(plan, ctx, None, None, []).what


def test_what_was_not_compared_is_in_the_headline(tmp_path: Path) -> None:
    def answer(_argv: object) -> tuple[int, str, str]:
        raise PryvTuiError("program-missing", 'pryvio_influxdb: exec: "influx": not found')

    ctx, _heard = context(tmp_path, telling("core", "core", answer))
    assert said(ctx) == "The set SET is restored and was compared."
    InfluxDB().compare(ctx, "core", {"databases": ["user.a"], "shards": 1})
    assert "restored; NOT compared: InfluxDB (" in said(ctx)
    assert 'exec: "influx": not found' in said(ctx)
    assert "and was compared" not in said(ctx)


def test_a_data_folder_that_cannot_be_looked_into_is_in_the_headline_too(tmp_path: Path) -> None:
    databases = "name,name\ndatabases,user.a\n"
    shards = (
        "name,id,database,retention_policy,shard_group,start_time,end_time,expiry_time,owners\n"
        "user.a,2,user.a,autogen,2,,,,\n"
    )

    def answer(argv: list[str]) -> tuple[int, str, str]:
        return 0, databases if "SHOW DATABASES" in argv else shards, ""

    ctx, _heard = context(tmp_path, telling("core", "core", answer))  # type: ignore[arg-type]
    holds = {"databases": ["user.a"], "shards": 1, "lasting": {"user.a": 1}}
    InfluxDB().compare(ctx, "core", holds, tmp_path / "not-there")
    assert "NOT compared: whether InfluxDB's shards hold their files" in said(ctx)


def test_a_server_that_stopped_fails_the_comparison(tmp_path: Path) -> None:
    def answer(_argv: object) -> tuple[int, str, str]:
        raise PryvTuiError("step-failed", "pryvio_influxdb stopped while influx was running in it")

    ctx, _heard = context(tmp_path, telling("core", "core", answer))
    with pytest.raises(PryvTuiError, match="stopped while") as failed:
        InfluxDB().compare(ctx, "core", {"databases": ["user.a"], "shards": 1})
    assert failed.value.exit == Exit.FAILED
