"""What an interrupted dump leaves is taken away with it, and nothing that is somebody else's."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest

from pryv_tui.errors import Exit, PryvTuiError
from pryv_tui.hosts.docker_errors import names_program, translate
from pryv_tui.operations.context import RunContext
from pryv_tui.operations.debts import Owed
from pryv_tui.operations.plan import Plan
from pryv_tui.operations.root.aside import set_aside
from pryv_tui.operations.steps.taking.prepare_dump import PrepareDump, PutBackDump, put_back_dump
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


@pytest.mark.parametrize(
    ("store", "program", "runs"),
    [
        ("influxdb", "/usr/bin/influxd backup -portable /pryv/backup/", True),
        ("mongodb", "mongodump -d pryv-node -o /app/backup/", True),
        ("influxdb", "nothing can be asked of what is down", False),
    ],
)
def test_the_dump_of_a_run_that_died_is_ended_before_its_folder_is_given_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, store: str, program: str, runs: bool
) -> None:
    """It goes on in its container, and would fill the folder for ever."""
    ctx, _prepare, _put_back, folder = steps(tmp_path, store)
    engine: Any = ctx.site.host("core").engine
    aside = tmp_path / "root/.pryv-tui/dumps/ANOTHER" / store
    set_aside(folder, aside, frozenset())
    (folder / "meta.00.pending").write_text("a half")
    container = ctx.deployment.hosts[0].layout.stores[store].container
    if not runs:
        told = msgspec.structs.replace(engine._containers[container], state="exited")
        engine._containers[container] = told
    asked: list[tuple[str, str]] = []

    line = program if program.startswith("/") else f"{BIN}/{program}"
    others = [
        f"{line}nightly/",
        f"{line} --db billing",
        f'sh -c "{line} && echo done"',
        f"timeout 60 {line}",
    ]
    alone = f"{line} --collection a$b"
    monkeypatch.setattr(engine, "processes", lambda _name: [store, *others, line, alone, line])

    def end(name: str, command: str) -> list[str]:
        assert (folder / "meta.00.pending").exists(), "first the writer, then what it wrote"
        asked.append((name, command))
        return [command]

    monkeypatch.setattr(engine, "end_processes", end)
    put_back_dump(ctx, Owed(kind="dump", host="core", what=str(folder), where=str(aside)))
    assert asked == ([(container, line), (container, alone)] if runs else []), "and no other's"
    kept = [path.name for path in (tmp_path / "root/.pryv-tui").rglob("*.pending")]
    assert (list(folder.iterdir()), kept) == ([], ["meta.00.pending"]), "aside, not removed"


def test_a_folder_is_not_given_back_while_something_writes_into_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ctx, _prepare, _put_back, folder = steps(tmp_path, "influxdb")

    def held(_name: str, _command: str) -> list[str]:
        raise PryvTuiError("step-failed", "it could not be ended", "End it by hand: kill -9 7")

    engine = ctx.site.host("core").engine
    line = "/usr/bin/influxd backup -portable /pryv/backup/"
    monkeypatch.setattr(engine, "processes", lambda _name: [line])
    monkeypatch.setattr(engine, "end_processes", held)
    aside = tmp_path / "root/.pryv-tui/dumps/ANOTHER/influxdb"
    set_aside(folder, aside, frozenset())
    (folder / "meta.00.pending").write_text("a half")
    owed = Owed(kind="dump", host="core", what=str(folder), where=str(aside))
    with pytest.raises(PryvTuiError, match="could not be ended"):
        put_back_dump(ctx, owed)
    assert (folder / "meta.00.pending").exists()


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
