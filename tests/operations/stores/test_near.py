"""Stores that are asked at their own addresses: what is an answer there, and what is none."""

from __future__ import annotations

import contextlib
import http.server
import itertools
import os
import shutil
import socket
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest

from pryv_tui.errors import Cancelled, PryvTuiError
from pryv_tui.hosts.routes import ends_in
from pryv_tui.operations.audit import live_stores
from pryv_tui.operations.containers.waiting import Silence
from pryv_tui.operations.settings.patience import USUAL
from pryv_tui.operations.stores import near
from pryv_tui.operations.stores.base import wait_until
from pryv_tui.operations.stores.influxdb import InfluxDB, rows_of
from pryv_tui.operations.stores.mongodb import MongoDB
from pryv_tui.operations.stores.near import NotNear, NotThere, asks_redis
from pryv_tui.operations.stores.redis import Redis
from pryv_tui.operations.stores.redis_words import PASSWORD
from tests.hosts.machines import StillHost, machine
from tests.operations.kit import TellingEngine, context
from tests.waiting import PATIENCE, until

INFO = ["redis-cli", "INFO"]
SCAN = ["redis-cli", "--scan", "--pattern", "*:users"]
GET = ["redis-cli", "CONFIG", "GET", "[ad]*"]


class At(TellingEngine):
    """An engine whose containers are reached at an address."""

    def __init__(self, address: str, answer: Any = None) -> None:
        super().__init__(machine("single-node"), answer or (lambda _argv: (1, "", "no answer")))
        self.where = address
        self.pid = os.getpid()
        """In whose network it is."""

    def address(self, container: str) -> str:
        return self.where

    def ends_at(self, container: str, address: str, port: int) -> bool:
        return ends_in(self.pid, address, port)


class Server:
    """What listens, and what it heard."""

    def __init__(self, address: str) -> None:
        self.engine: Any = At(address)
        self.heard: list[bytes] = []

    def asked(self, argv: list[str], environment: dict[str, str] | None = None) -> list[str] | None:
        return asks_redis(self.engine, "pryvio_redis", argv, environment or {})


Talk = Callable[[socket.socket, list[bytes]], None]
Listen = Callable[[Talk], Server]


@pytest.fixture
def listening() -> Iterator[Listen]:
    """Serves what a function says to who comes."""
    opened: list[socket.socket] = []

    def listen(talk: Talk) -> Server:
        door = socket.create_server(("127.0.0.1", 0))
        opened.append(door)
        server = Server(f"127.0.0.1:{door.getsockname()[1]}")

        def serve() -> None:
            while True:
                try:
                    line, _ = door.accept()
                except OSError:
                    return
                opened.append(line)
                talk(line, server.heard)

        threading.Thread(target=serve, daemon=True).start()
        return server

    yield listen
    for one in opened:
        one.close()


def says(*answers: bytes) -> Talk:
    """A Redis that answers so, one after the other, and then leaves."""

    def talk(line: socket.socket, heard: list[bytes]) -> None:
        for answer in answers:
            heard.append(line.recv(4096))
            if not heard[-1]:
                break
            line.sendall(answer)
        line.close()

    return talk


def nobody() -> Any:
    """An engine at whose container's address nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as door:
        return At(f"127.0.0.1:{door.getsockname()[1]}")


def test_redis_answers_what_its_client_prints(listening: Listen) -> None:
    server = listening(says(b"$32\r\n# Server\r\nredis_version:7.0.15\r\n\r\n"))
    assert server.asked(INFO) == ["# Server", "redis_version:7.0.15"]
    assert server.heard == [b"*1\r\n$4\r\nINFO\r\n"]


def test_what_is_empty_has_its_line(listening: Listen) -> None:
    server = listening(says(b"*4\r\n$3\r\ndir\r\n$5\r\n/data\r\n$1\r\na\r\n$0\r\n\r\n"))
    assert server.asked(GET) == ["dir", "/data", "a", ""]


def test_a_scan_goes_on_to_its_end(listening: Listen) -> None:
    server = listening(
        says(
            b"*2\r\n$2\r\n17\r\n*1\r\n$7\r\na:users\r\n",
            b"*2\r\n$1\r\n0\r\n*2\r\n$7\r\nb:users\r\n$8\r\n\xff\n:users\r\n",
        ),
    )
    assert server.asked(SCAN) == ["a:users", "b:users", "\udcff\n:users"]
    assert b"$2\r\n17\r\n" in server.heard[1]


def test_a_password_goes_ahead(listening: Listen) -> None:
    server = listening(says(b"+OK\r\n", b"$6\r\n# Told\r\n"))
    assert server.asked(INFO, {"REDISCLI_AUTH": "sesame"}) == ["# Told"]
    assert server.heard[0] == b"*2\r\n$4\r\nAUTH\r\n$6\r\nsesame\r\n"


@pytest.mark.parametrize(
    "answer",
    [
        b"-NOAUTH Authentication required.\r\n",
        b"-DENIED Redis is running in protected mode\r\n",
        b"$100\r\nbroken off",
        b"$-1\r\n",
        b"*-1\r\n",
        b"HTTP/1.1 400 Bad Request\r\n",
        b"$many\r\n",
        b"*1\r\n" * 9 + b":1\r\n",
        b"",
    ],
)
def test_what_is_no_plain_answer_is_asked_of_the_client(listening: Listen, answer: bytes) -> None:
    server = listening(says(answer))
    assert server.asked(INFO) is None


@pytest.mark.parametrize(
    "answer", [b":1\r\n", b"*1\r\n:0\r\n", b"*2\r\n*0\r\n:0\r\n", b"*2\r\n:0\r\n*1\r\n*0\r\n"]
)
def test_a_scan_that_is_none_is_asked_of_the_client(listening: Listen, answer: bytes) -> None:
    server = listening(says(answer))
    assert server.asked(SCAN) is None


def test_one_that_says_nothing_is_left(listening: Listen) -> None:
    server = listening(lambda line, heard: heard.append(line.recv(4096)))
    assert asks_redis(server.engine, "pryvio_redis", INFO, {}, 0.05) is None


def ticking() -> Callable[[], float]:
    """A clock that goes on by a second each time that it is looked at."""
    seconds = itertools.count()
    return lambda: float(next(seconds))


def test_a_scan_that_never_ends_is_left_to_the_client(listening: Listen) -> None:
    """Each of its answers comes at once: no silence would ever end it."""

    def talk(line: socket.socket, heard: list[bytes]) -> None:
        with contextlib.suppress(OSError):
            while word := line.recv(4096):
                heard.append(word)
                line.sendall(b"*2\r\n$2\r\n17\r\n*1\r\n$7\r\na:users\r\n")

    server = listening(talk)
    with pytest.raises(NotNear, match="took longer than"):
        near.redis(server.engine, "pryvio_redis", SCAN, "", clock=ticking())
    assert 1 < len(server.heard) < 100


def test_one_that_trickles_is_left_as_well(listening: Listen) -> None:
    """A byte now and then is no silence either."""

    def talk(line: socket.socket, heard: list[bytes]) -> None:
        heard.append(line.recv(4096))
        with contextlib.suppress(OSError):
            line.sendall(b"$1000000\r\n")
            while True:
                line.sendall(b"x")

    with pytest.raises(NotNear, match="took longer than"):
        near.redis(listening(talk).engine, "pryvio_redis", INFO, "", clock=ticking())


@pytest.mark.parametrize(
    "argv",
    [
        ["redis-cli", "SAVE"],
        ["redis-cli", "BGREWRITEAOF"],
        ["redis-cli", "CONFIG", "SET", "dir", "/tmp"],
        ["redis-cli", "--rdb", "-"],
        ["redis-cli", "-p", "7000", "INFO"],
        ["redis-cli", "--user", "x", "INFO"],
        ["redis-cli", "hidden-config", "GET", "[ad]*"],
        ["sh", "-c", "redis-cli INFO"],
    ],
)
def test_nothing_but_plain_questions_is_sent(listening: Listen, argv: list[str]) -> None:
    server = listening(says(b"+OK\r\n"))
    assert server.asked(argv) is None
    assert server.heard == []


@pytest.mark.parametrize("address", ["", "192.0.2.1"])
def test_who_has_no_address_here_is_asked_by_the_client(address: str) -> None:
    assert asks_redis(At(address), "pryvio_redis", INFO, {}) is None  # type: ignore[arg-type]


# InfluxDB


def influx_says(
    status: int, body: bytes, until: threading.Event | None = None
) -> tuple[At, list[str]]:
    """An engine with an InfluxDB that answers so; what it is asked."""
    asked: list[str] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            if until is not None:
                until.wait(20)
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            with contextlib.suppress(OSError):  # who asked may have hung up
                self.wfile.write(body)

        def log_message(self, *_words: object) -> None: ...

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return At(f"127.0.0.1:{server.server_address[1]}"), asked


DATABASES = (
    b'{"results":[{"statement_id":0,"series":[{"name":"databases","columns":["name"],'
    b'"values":[["_internal"],["user.a,b"]]}]}]}'
)
SHARDS = (
    b'{"results":[{"series":[{"name":"user.a","columns":["id","database"],'
    b'"values":[[12,"user.a","autogen",null]]},{"name":"empty"}]}]}'
)


def watch(seconds: float = 20.0, cancel: threading.Event | None = None) -> Silence:
    return Silence("InfluxDB", seconds, None, cancel)


def test_influx_answers_as_its_program_does() -> None:
    engine: Any
    engine, paths = influx_says(200, DATABASES)
    told = near.influx(engine, "pryvio_influxdb", "SHOW DATABASES", watch())
    assert rows_of(told) == [["databases", "_internal"], ["databases", "user.a,b"]]
    assert paths == ["/query?q=SHOW+DATABASES"]
    assert rows_of(SHARDS) == [["user.a", "12", "user.a", "autogen", ""]]


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (401, b'{"error":"unable to parse authentication credentials"}'),
        (400, b"Client sent an HTTP request to an HTTPS server."),
        (200, b'{"results":[{"error":"timeout"}]}'),
        (200, b'{"results":[{"series":[],"partial":true}]}'),
        (200, b"<html>"),
        (200, b"{}"),
    ],
)
def test_what_is_no_answer_of_influx_is_asked_of_its_program(
    tmp_path: Path, status: int, body: bytes
) -> None:
    at, _asked = influx_says(status, body)
    host = StillHost("one", machine("single-node"))
    ctx, _ = context(tmp_path, host)
    engine: Any = At(at.where, lambda _argv: (0, "name,name\ndatabases,by_program\n", ""))
    host.engine = engine
    assert InfluxDB().live_databases(ctx, "one") == ["by_program"]


def test_a_frozen_influx_is_waited_for_as_long_as_is_said() -> None:
    thaws = threading.Event()
    engine: Any
    engine, _asked = influx_says(200, DATABASES, thaws)
    with pytest.raises(PryvTuiError, match="InfluxDB gave no word"):
        near.influx(engine, "pryvio_influxdb", "SHOW DATABASES", watch(0.1))
    cancel = threading.Event()
    cancel.set()
    with pytest.raises(Cancelled):
        near.influx(engine, "pryvio_influxdb", "SHOW DATABASES", watch(20, cancel))
    thaws.set()


def nobody_asks() -> bool:
    return not any(one.name == "asking" for one in threading.enumerate())


def test_who_is_not_waited_for_any_more_is_not_asked_on() -> None:
    until(nobody_asks)
    thaws = threading.Event()
    engine: Any
    engine, asked = influx_says(200, DATABASES, thaws)
    cancel = threading.Event()

    def cancelled() -> bool:
        if asked:
            cancel.set()
        return cancel.is_set()

    watch_of = Silence("InfluxDB", 600.0, None, SimpleNamespace(is_set=cancelled))
    with pytest.raises(Cancelled):
        near.influx(engine, "pryvio_influxdb", "SHOW DATABASES", watch_of)
    # It still says nothing: the line to it is what was closed.
    until(nobody_asks)
    thaws.set()


def test_who_asks_is_told_that_nobody_waits_any_more() -> None:
    """Also where it has begun to ask only then."""
    left, asks, cancel = threading.Event(), threading.Event(), threading.Event()

    def ask(on_leave: Callable[[Callable[[], None]], None]) -> None:
        asks.wait(20)
        on_leave(left.set)
        left.wait(20)

    cancel.set()
    with pytest.raises(Cancelled):
        near.awaited(ask, watch(20, cancel))
    assert not left.is_set()
    asks.set()
    until(left.is_set)
    until(nobody_asks)
    left.clear()
    assert near.awaited(lambda on_leave: on_leave(left.set) or 7, watch()) == 7  # type: ignore[func-returns-value]
    assert not left.is_set(), "it has its answer"


@pytest.mark.parametrize(
    "body",
    [
        b'{"results":[{"error":"timeout"}]}',
        b'{"error":"not executed"}',
        b'{"results":[{"series":[{"name":"measurements","values":[["a"]]}],"error":"broke off"}]}',
        b"<html>",
        b'{"results":[',
        b'{"results":[]}',
    ],
)
def test_an_error_within_an_answer_is_asked_of_its_program(body: bytes) -> None:
    at, asked = influx_says(200, body)
    good = '{"results":[{"series":[{"name":"measurements","values":[["by_program"]]}]}]}'
    engine: Any = At(at.where, lambda _argv: (0, good, ""))
    told = dict(live_stores.measurements(engine, "pryvio_influxdb", ["user.a"]))
    assert told == {"user.a": {"by_program"}}
    assert len(asked) == len(engine.asked) == 1
    counts = (
        '{"results":[{"series":[{"name":"m","columns":["time","count_v"],"values":[[0,3]]}]},'
        '{"series":[{"columns":["name"],"values":[["autogen"]]}]}]}'
    )
    engine = At(at.where, lambda _argv: (0, counts, ""))
    points = live_stores.points_since(engine, "pryvio_influxdb", ["user.a"], None, lambda: False)
    assert list(points) == [("user.a", 3)]
    # Where the program says no better, its word counts.
    engine = At(at.where, lambda _argv: (0, '{"results":[{"error":"its own"}]}', ""))
    with pytest.raises(PryvTuiError, match="its own"):
        list(live_stores.measurements(engine, "pryvio_influxdb", ["user.a"]))


def test_nobody_who_listens_is_told_from_no_answer() -> None:
    engine = nobody()
    with pytest.raises(NotThere):
        near.influx(engine, "pryvio_influxdb", "SHOW DATABASES", watch())
    with pytest.raises(NotThere):
        near.redis(engine, "pryvio_redis", INFO, "")
    with pytest.raises(NotThere):
        near.mongodb(engine, "pryvio_mongodb")
    engine.where = ""
    with pytest.raises(NotNear) as away:
        near.mongodb(engine, "pryvio_mongodb")
    assert not isinstance(away.value, NotThere)


# Waiting for one that was started


class Coming:
    """A server on its way up: what it does at each question, the last one for ever."""

    def __init__(self, *does: bool | Exception) -> None:
        self.does = list(does)
        self.asked = 0

    def near(self) -> bool:
        self.asked += 1
        now = self.does.pop(0) if len(self.does) > 1 else self.does[0]
        if isinstance(now, Exception):
            raise now
        return now


def waiting(folder: Path, coming: Coming, program: Callable[[], str | None], **more: Any) -> Any:
    host = StillHost("one", machine("single-node"))
    patience = msgspec.structs.replace(USUAL, near=more.pop("alone", USUAL.near))
    ctx, _ = context(folder, host, patience=patience)
    wait_until(ctx, program, "MongoDB", "pryvio_mongodb", "one", near=coming.near, **more)
    return ctx


def never() -> str | None:
    raise AssertionError("its program is asked, which costs a tenth of a second")


def test_one_that_listens_late_is_asked_without_a_program(tmp_path: Path) -> None:
    """However long each question takes on a machine that has other work."""
    coming = Coming(NotThere("refused"), NotThere("refused"), False, True)
    waiting(tmp_path, coming, never, alone=PATIENCE)
    assert coming.asked == 4


def test_one_that_listens_for_others_alone_is_heard_through_its_program(
    tmp_path: Path,
) -> None:
    coming, heard = Coming(NotThere("refused")), []
    waiting(tmp_path, coming, lambda: heard.append("its program"), alone=0.0)
    assert coming.asked >= 1 and heard == ["its program"]


@pytest.mark.parametrize(
    "no", [NotNear("no address"), PryvTuiError("step-failed", "it wants a password")]
)
def test_one_that_is_there_and_does_not_do_it_is_asked_by_its_program_at_once(
    tmp_path: Path, no: Exception
) -> None:
    coming, complaints = Coming(no), ["not yet", None]
    waiting(tmp_path, coming, lambda: complaints.pop(0))
    assert complaints == []
    assert coming.asked == 2, "once before each question to its program"


def test_one_that_never_answers_fails_as_before(
    tmp_path: Path,
) -> None:
    with pytest.raises(PryvTuiError, match="MongoDB does not answer after 0 s: connection refused"):
        waiting(
            tmp_path, Coming(NotThere("no")), lambda: "connection refused", seconds=0.2, alone=0.0
        )


def test_a_cancel_is_heard_while_one_comes(tmp_path: Path) -> None:
    host = StillHost("one", machine("single-node"))
    ctx, _ = context(tmp_path, host)

    def near_then_cancelled() -> bool:
        ctx.cancel.set()  # type: ignore[attr-defined]
        raise NotThere("refused")

    with pytest.raises(Cancelled):
        wait_until(ctx, never, "MongoDB", "pryvio_mongodb", "one", near=near_then_cancelled)


def test_a_mongodb_that_is_there_and_refuses_its_query_is_asked_by_its_tool(
    listening: Listen, tmp_path: Path
) -> None:
    """A listener that closes at once: a server's first moment, or no MongoDB at all."""
    server = listening(lambda line, _heard: line.close())
    host = StillHost("one", machine("single-node"))
    ctx, _ = context(tmp_path, host)
    engine: Any = At(server.engine.where, lambda _argv: (0, "", ""))
    host.engine = engine
    MongoDB().wait(ctx, "one")
    assert [argv[0].rpartition("/")[2] for _, argv in engine.asked] == ["mongodump"]


def test_a_redis_that_still_loads_is_no_redis_that_answers(
    listening: Listen, tmp_path: Path
) -> None:
    loads = b"$21\r\n# Server\r\nloading:1\r\n\r\n"
    done = b"$21\r\n# Server\r\nloading:0\r\n\r\n"
    said = [loads, loads, done]

    def talk(line: socket.socket, heard: list[bytes]) -> None:
        heard.append(line.recv(4096))
        line.sendall(said.pop(0) if len(said) > 1 else said[0])
        line.close()

    server = listening(talk)
    host = StillHost("one", machine("single-node"))
    ctx, _ = context(tmp_path, host)
    engine: Any = server.engine
    host.engine = engine
    Redis().wait(ctx, "one")
    assert len(server.heard) == 3
    assert engine.asked == []


# Whose server it is


@pytest.fixture
def elsewhere() -> Iterator[int]:
    """A process with a network of its own."""
    unshare = shutil.which("unshare")
    if unshare is None or os.getuid() != 0:
        pytest.skip("a network of one's own takes root and unshare(1)")
    here = Path("/proc/self/ns/net").readlink()
    with subprocess.Popen([unshare, "-n", "sleep", "600"]) as process:
        until(lambda: Path(f"/proc/{process.pid}/ns/net").readlink() != here)
        yield process.pid
        process.kill()


def test_a_server_at_the_address_that_is_not_the_containers_hears_nothing(
    listening: Listen, elsewhere: int
) -> None:
    """Another engine of the same machine may have given the address away as well."""
    ours = listening(says(b"+OK\r\n", b"$2\r\nhi\r\n"))
    assert ours.asked(INFO, {PASSWORD: "secret"}) == ["hi"]
    another = listening(says(b"+OK\r\n", b"$2\r\nhi\r\n"))
    another.engine.pid = elsewhere
    assert another.asked(INFO, {PASSWORD: "secret"}) is None
    assert not any(another.heard), "not even the password"


def test_the_same_of_influxdb_and_mongodb(elsewhere: int) -> None:
    engine, asked = influx_says(200, DATABASES)
    assert near.influx(engine, "pryvio_influxdb", "SHOW DATABASES", watch())  # type: ignore[arg-type]
    engine.pid = elsewhere
    with pytest.raises(NotNear):
        near.influx(engine, "pryvio_influxdb", "SHOW DATABASES", watch())  # type: ignore[arg-type]
    assert len(asked) == 1
    with socket.create_server(("127.0.0.1", 0)) as door:
        found = At(f"127.0.0.1:{door.getsockname()[1]}")
        assert near.mongodb(found, "pryvio_mongodb") == found.where  # type: ignore[arg-type]
        found.pid = elsewhere
        with pytest.raises(NotNear):
            near.mongodb(found, "pryvio_mongodb")  # type: ignore[arg-type]


def test_a_server_for_both_kinds_of_addresses_is_seen_to_be_the_other_end(elsewhere: int) -> None:
    with (
        socket.create_server(("::", 0), family=socket.AF_INET6, dualstack_ipv6=True) as door,
        socket.create_connection(("127.0.0.1", door.getsockname()[1])) as line,
    ):
        ours = line.getsockname()[:2]
        assert ends_in(os.getpid(), *ours)
        assert not ends_in(elsewhere, *ours)
        assert not ends_in(2**22 + 1, *ours), "there is no such process"
