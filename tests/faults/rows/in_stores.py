"""Faults of the databases and of what their tools say and leave."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

import bson

from pryv_tui.errors import Cancelled
from pryv_tui.operations.containers.waiting import Silence
from pryv_tui.operations.context import RunContext
from pryv_tui.practice.life import DATABASE
from pryv_tui.practice.machines.engine import PracticeEngine
from pryv_tui.practice.stores.influx import InfluxStore
from pryv_tui.practice.stores.mongo import MongoStore
from pryv_tui.practice.stores.redis import RedisStore
from tests.faults.bench import Bench, Filler
from tests.faults.making import emptied_after, root_on_a_small_disk
from tests.faults.matrix import Fault, Operation
from tests.helpers.waiting import until

NO_TOOL: dict[Operation, str] = {
    "restore": "it puts InfluxDB's files in place while the server is stopped",
    "undo": "it renames whole folders",
}
ASKS_NO_SERVER = "it compares nothing with a server"
Exec = Callable[..., int]


@contextmanager
def instead(is_it: Callable[[Sequence[str]], bool], do: Callable[..., int]) -> Iterator[None]:
    """What an engine does when it is to run certain programs: `do` receives how it usually does
    that, and all that it was told."""
    usual = PracticeEngine.exec

    def run(engine: PracticeEngine, container: str, argv: Sequence[str], **more: Any) -> int:
        if is_it(argv):
            return do(usual, engine, container, argv, **more)
        return usual(engine, container, argv, **more)

    with patch.object(PracticeEngine, "exec", run):
        yield


def program(*names: str) -> Callable[[Sequence[str]], bool]:
    """Whether a command is of one of these, whatever their folder."""
    return lambda argv: Path(argv[0]).name in names


def is_influxd_backup(argv: Sequence[str]) -> bool:
    return program("influxd")(argv) and "backup" in argv


# --- MongoDB -------------------------------------------------------------------------------------

ODD_NAMES = ("my notes", "a$b", "50%/x+y;z", "ü\nline", "n" * 200)
VIEW = "the newest"


def of_mongodb(root: Path) -> MongoStore:
    return MongoStore(root / "pryv/mongodb/data")


def odd_collections(root: Path) -> None:
    """Names that the tools spell in their own way or leave out, and a view, which is no file."""
    store = of_mongodb(root)
    for number, name in enumerate(ODD_NAMES):
        store.create(DATABASE, name, "0" * 32)
        store.insert(DATABASE, name, [bson.encode({"_id": each}) for each in range(number + 1)])
    store.create_view(DATABASE, VIEW, '{"viewOn":"events","pipeline":[]}')


@contextmanager
def view_stays(bench: Bench, operation: Operation) -> Iterator[None]:
    yield
    assert list(of_mongodb(bench.root).views(DATABASE)) == [VIEW], operation


@contextmanager
def other_words(_bench: Bench, _operation: Operation) -> Iterator[None]:
    """Names in back-quotes, and no totals; what the tools do is what they do."""

    def said_otherwise(usual: Exec, *words: Any, on_output: Any, **more: Any) -> int:
        def hear(stream: str, chunk: bytes) -> None:
            if stream == "stderr":
                chunk = re.sub(rb"(?<![`\w])(pryv-node\.\w+)", rb"`\1`", chunk)
                chunk = re.sub(rb"[^\n]*document\(s\)[^\n]*\n", b"", chunk)
            on_output(stream, chunk)

        return usual(*words, on_output=hear, **more)

    with instead(program("mongodump", "mongorestore"), said_otherwise):
        yield


@contextmanager
def life_goes_on(bench: Bench, _operation: Operation) -> Iterator[None]:
    """Documents come while the dump is written."""

    def meanwhile(usual: Exec, *words: Any, on_output: Any, **more: Any) -> int:
        def hear(stream: str, chunk: bytes) -> None:
            new = [bson.encode({"_id": f"came meanwhile {len(came)}"})]
            came.append(of_mongodb(bench.root).insert(DATABASE, "events", new))
            on_output(stream, chunk)

        return usual(*words, on_output=hear, **more)

    came: list[object] = []
    with instead(program("mongodump"), meanwhile):
        yield
    assert came


@contextmanager
def dump_outgrows_its_room(bench: Bench, _operation: Operation) -> Iterator[None]:
    """mongodump fills the root's disk (a real one), and would go on."""
    filler = Filler(bench.root)

    def writes_on(
        _usual: Exec, _engine: object, _container: str, argv: Sequence[str], **more: Any
    ) -> int:
        filler.fill(leave=1 << 20)
        until(more["cancel"].is_set, every=0.01)
        raise Cancelled(f"{argv[0]} was ended")

    with (
        emptied_after(filler),
        instead(program("mongodump"), writes_on),
    ):
        yield


# --- InfluxDB ------------------------------------------------------------------------------------

PENDING = ("meta.00.pending", "20260101T000000Z.s2.tar.gz", "20260101T000000Z.s3.tar.gz.pending")


@contextmanager
def influxd_killed(bench: Bench, _operation: Operation) -> Iterator[None]:
    """`influxd backup` ends in the middle and leaves what it had begun."""
    folder = bench.root / "pryv/influxdb/backup"
    before = sorted(path.name for path in folder.iterdir())

    def killed(*_words: Any, **_more: Any) -> int:
        for name in PENDING:
            (folder / name).write_bytes(b"half")
        return 137

    with instead(is_influxd_backup, killed):
        yield
    assert sorted(path.name for path in folder.iterdir()) == before, "given back as it was"


@contextmanager
def influxd_frozen(_bench: Bench, _operation: Operation) -> Iterator[None]:
    """`influxd backup` gives no word, for ever; patience with it alone is short."""
    usual = RunContext.silence

    def impatient(ctx: RunContext, what: str, seconds: float, **more: Any) -> Silence:
        return usual(ctx, what, 0.05 if "influxd backup" in what else seconds, **more)

    def frozen(*words: Any, **more: Any) -> int:
        until(more["cancel"].is_set, every=0.01)
        raise Cancelled(f"{words[3][0]} was ended")

    with patch.object(RunContext, "silence", impatient), instead(is_influxd_backup, frozen):
        yield


@contextmanager
def influxd_dies_at_the_comparison(bench: Bench, _operation: Operation) -> Iterator[None]:
    """The container stops as what was restored is about to be looked at."""

    def dies(usual: Exec, engine: Any, container: str, argv: Sequence[str], **more: Any) -> int:
        if "SHOW SHARDS" in argv and not stopped:
            stopped.append(container)
            engine.stop(container)
        return usual(engine, container, argv, **more)

    stopped: list[str] = []
    with instead(program("influx"), dies):
        yield
    assert stopped


# --- Redis ---------------------------------------------------------------------------------------


@contextmanager
def redis_folder_replaced(bench: Bench, operation: Operation) -> Iterator[None]:
    """An empty folder lies where the running server's was, which it still has. A restore moves both
    aside, and what its undo brings back is the new one, with all that the server held."""
    folder = bench.root / "pryv/redis/data"
    away = folder.with_name("data.away")
    if operation == "undo":
        yield
        assert RedisStore(folder).users() == bench.lived["redis users"]
        shutil.rmtree(away)
        return
    status = folder.stat()
    folder.rename(away)
    folder.mkdir()
    shutil.chown(folder, status.st_uid, status.st_gid)
    yield
    if operation == "backup":
        shutil.rmtree(folder)
        away.rename(folder)


@contextmanager
def mongodb_folder_replaced(bench: Bench, _operation: Operation) -> Iterator[None]:
    """The same under MongoDB, which nobody saves as it is stopped; then it lies in its place. What
    an undo moves aside is both, and what it brings back is the folder of before."""
    folder = bench.root / "pryv/mongodb/data"
    away = folder.with_name("data.away")
    folder.rename(away)
    folder.mkdir()
    yield
    if away.exists():
        folder.rmdir()
        away.rename(folder)


# --- all of them ---------------------------------------------------------------------------------


@contextmanager
def shrunk(bench: Bench, _operation: Operation) -> Iterator[None]:
    """Most documents, accounts and databases are gone since the last set; then they are back."""
    kept = bench.root.parent / "kept"
    places = [bench.root / f"pryv/{name}/data" for name in ("mongodb", "influxdb", "redis")]
    kept.mkdir()
    for place in places:
        subprocess.run(["cp", "-a", place, kept / place.parent.name], check=True)
    mongodb, influxdb, redis = MongoStore(places[0]), InfluxStore(places[1]), RedisStore(places[2])
    mongodb.drop(DATABASE, "events")
    mongodb.create(DATABASE, "events", "0" * 32)
    for name in influxdb.databases()[1:]:
        influxdb.drop(name)
    accounts = [key for key in redis.load() if key.endswith(b":users")]
    redis.append([("DEL", *accounts[1:])])
    try:
        yield
    finally:
        for place in places:
            # The folder itself stays: containers mount it by its inode.
            for entry in place.iterdir():
                shutil.rmtree(entry) if entry.is_dir() else entry.unlink()
            subprocess.run(["cp", "-a", f"{kept / place.parent.name}/.", place], check=True)
        shutil.rmtree(kept)


def _in_a_store(name: str) -> bool:
    return name.startswith(("mongodb ", "influxdb ", "redis "))


IN_STORES: tuple[Fault, ...] = (
    Fault(
        "odd-collections",
        "MongoDB has a view, and collections whose names hold a blank, `$`, `/`, `%`, a line end",
        view_stays,
        grow=odd_collections,
    ),
    Fault(
        "mongo-tools-other-words",
        "mongodump and mongorestore put names in back-quotes and print no totals",
        other_words,
    ),
    Fault(
        "life-goes-on",
        "documents come while mongodump writes",
        life_goes_on,
        not_there={"restore": "services are stopped", "undo": "services are stopped"},
    ),
    Fault(
        "dump-outgrows-room",
        "a dump fills what is free on the root's disk (a real one)",
        dump_outgrows_its_room,
        bench=root_on_a_small_disk,
        kept=True,
        says={"backup": "ended in time"},
        not_there={"restore": "it writes no dump", "undo": "it writes no dump"},
    ),
    Fault(
        "influxd-killed",
        "`influxd backup` is killed and leaves files of what it had begun",
        influxd_killed,
        says={"backup": "influxd backup failed (exit 137)"},
        not_there=NO_TOOL,
    ),
    Fault(
        "influxd-frozen",
        "`influxd backup` gives no word, for ever",
        influxd_frozen,
        says={"backup": ("influxd backup in pryvio_influxdb", "gave no output")},
        not_there=NO_TOOL,
    ),
    Fault(
        "influxd-dies-at-comparison",
        "influxd ends as what was restored is compared",
        influxd_dies_at_the_comparison,
        says={"restore": "Compare InfluxDB"},
        not_there={"backup": ASKS_NO_SERVER, "undo": ASKS_NO_SERVER},
    ),
    Fault(
        "redis-folder-replaced",
        "an empty folder lies where the data of the running Redis was",
        redis_folder_replaced,
        says={"backup": "pryvio_redis still uses the folder"},
    ),
    Fault(
        "mongodb-folder-replaced",
        "the same of the running MongoDB, which holds nothing in memory alone",
        mongodb_folder_replaced,
        says={
            "backup": "pryvio_mongodb still uses the folder",
            "restore": "might not be found again once the container is stopped",
        },
    ),
    Fault(
        "shrunk",
        "most documents, accounts and databases are gone since the last set",
        shrunk,
        says={"backup": ("documents instead of", "users instead of", "databases instead of")},
        not_there={"restore": "it reads a set", "undo": "it reads no set"},
        but=_in_a_store,
    ),
)
