"""Ask a store's server over the network, without a program in its container, if it is near.

"Near" is a server whose container has an address on this machine. To start a program in a container
costs a tenth of a second of the engine's processor time, and a restore asks two dozen questions. So
InfluxDB is asked by HTTP, Redis by its protocol, MongoDB by its driver. If the server refuses,
wants a password or gives an answer that is not understood, the caller asks with the program in the
container instead.
"""

from __future__ import annotations

import contextlib
import queue
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TypeVar

from pryv_tui.errors import Cancelled, PryvTuiError
from pryv_tui.hosts.engine import Engine
from pryv_tui.operations.containers.waiting import Silence
from pryv_tui.operations.stores.redis_words import PASSWORD
from pryv_tui.phrases import cut

CONNECT_SECONDS = 0.5
"""Seconds. On a machine's own bridge, a connection is made at once, or never."""
REDIS_SECONDS = 3.0
REDIS_WHOLE = 10
"""A factor: see `redis`. A scan of a million accounts takes two seconds."""
MONGODB_PORT = 27017
REDIS_PORT = 6379
INFLUX_PORT = 8086
INFLUX = "/usr/bin/influx"
"""The program in the container that asks InfluxDB if the server is not near."""
_KEYS = b"1000"
"""The number of keys that Redis examines for one scan request."""
_LONGEST = 64 << 20
"""The longest answer, in bytes."""

T = TypeVar("T")


class NotNear(Exception):
    """The server can't be asked over the network, or its answer is unusable; it may be in order."""


class NotThere(NotNear):
    """Nothing listens at the server's address: the server is still starting, or is not there."""


def hears(ask: Callable[[], bool]) -> bool | None:
    """Ask once whether a starting server answers.

    Returns:
        True: it answers. False: nothing listens at its address yet. None: that can't be found out
        over the network; ask with the program in the container.
    """
    try:
        return ask()
    except NotThere:
        return False
    except (NotNear, PryvTuiError):
        return None


OnLeave = Callable[[Callable[[], None]], None]
"""Registers a function that ends a question. The function is called as soon as nobody waits for the
answer; at once, if nobody waits at the time of registering."""


class _Leaving:
    """Calls the registered functions as soon as nobody waits for an answer."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._ends: list[Callable[[], None]] = []
        self._left = False

    def on_leave(self, end: Callable[[], None]) -> None:
        with self._lock:
            self._ends.append(end)
            left = self._left
        if left:
            self.leave()

    def leave(self) -> None:
        with self._lock:
            self._left = True
            ends, self._ends = self._ends, []
        for end in ends:
            end()


def awaited(ask: Callable[[OnLeave], T], watch: Silence) -> T:
    """Ask in a separate thread and wait for the answer; a blocking connection notices no cancel.

    Args:
        ask: asks and returns the answer. Its argument registers a function that ends the question,
            so that the server does not keep working for nobody.
        watch: limits the waiting, and knows whether the operator cancelled.

    Raises:
        PryvTuiError: the time of `watch` is over.
        Cancelled: the operator cancelled.
        Exception: any error that `ask` raises.
    """
    answers: queue.SimpleQueue[tuple[T | None, Exception | None]] = queue.SimpleQueue()
    leaving = _Leaving()

    def run() -> None:
        try:
            answers.put((ask(leaving.on_leave), None))
        except Exception as error:
            answers.put((None, error))

    threading.Thread(target=run, name="asking", daemon=True).start()
    while True:
        try:
            answer, error = answers.get(timeout=0.05)
        except queue.Empty:
            if not watch.is_set():
                continue
            leaving.leave()
            if watch.expired:
                raise watch.failure() from None
            raise Cancelled() from None
        if error is not None:
            raise error
        return answer  # type: ignore[return-value]


def influx(engine: Engine, container: str, words: str, watch: Silence) -> bytes:
    """Send the InfluxQL query `words` to InfluxDB by HTTP; return its answer, which is JSON.

    Raises:
        NotNear: see the class.
        PryvTuiError: the server was silent for too long.
        Cancelled: the operator cancelled.
    """
    host, port = _door(engine, container, INFLUX_PORT)
    # Imported here because the import would slow the start of every command.
    import http.client
    from urllib.parse import quote_plus

    def ask(on_leave: OnLeave) -> bytes:
        connection = http.client.HTTPConnection(host, port, timeout=CONNECT_SECONDS)
        try:
            connection.connect()
            line = connection.sock
            _need_its_own(engine, container, line)
            line.settimeout(watch.seconds + 1)
            on_leave(lambda: _hang_up(line))
            connection.request("GET", f"/query?q={quote_plus(words)}")
            answer = connection.getresponse()
            told = answer.read(_LONGEST + 1)
        except ConnectionRefusedError as error:
            raise NotThere(str(error)) from error
        except (OSError, ValueError, http.client.HTTPException) as error:
            raise NotNear(str(error)) from error
        finally:
            connection.close()
        if answer.status != 200 or len(told) > _LONGEST or b'"partial":true' in told:
            raise NotNear(f"it says {answer.status}")
        return told

    return awaited(ask, watch)


def _hang_up(line: socket.socket) -> None:
    """Shut a connection down, so that a thread that reads from it sees its end at once."""
    with contextlib.suppress(OSError):
        line.shutdown(socket.SHUT_RDWR)


def redis(
    engine: Engine,
    container: str,
    argv: Sequence[str],
    password: str,
    seconds: float = REDIS_SECONDS,
    *,
    clock: Callable[[], float] = time.monotonic,
) -> list[str]:
    """Ask Redis over a connection of this process, in place of `redis-cli`; return the answer's
    lines.

    Args:
        argv: the command line of `redis-cli`.
        seconds: how long Redis may be silent. The whole answer may take `REDIS_WHOLE` times as
            long, and not longer, since the operator can't cancel this question.

    Raises:
        NotNear: see the class; also for a command other than `INFO`, `CONFIG GET`, or `--scan` with
            a pattern.
    """
    words = _question(argv)
    door = _door(engine, container, REDIS_PORT)
    try:
        with socket.create_connection(door, CONNECT_SECONDS) as line:
            # Before a password is sent.
            _need_its_own(engine, container, line)
            talk = _Talk(line, seconds, clock)
            if password:
                talk.ask(b"AUTH", password.encode())
            if words[0] == b"SCAN":
                return [_text(key) for key in _scanned(talk, words[1])]
            return _lines(talk.ask(*words))
    except ConnectionRefusedError as error:
        raise NotThere(str(error)) from error
    except (OSError, ValueError) as error:
        raise NotNear(str(error)) from error


def mongodb(engine: Engine, container: str) -> str:
    """Return MongoDB's address and port, for its driver, after a first connection to it.

    Raises:
        NotNear: see the class.
    """
    host, port = _door(engine, container, MONGODB_PORT)
    try:
        with socket.create_connection((host, port), CONNECT_SECONDS) as line:
            _need_its_own(engine, container, line)
    except ConnectionRefusedError as error:
        raise NotThere(str(error)) from error
    except OSError as error:
        raise NotNear(str(error)) from error
    return f"{host}:{port}"


def _door(engine: Engine, container: str, usual: int) -> tuple[str, int]:
    """Return host and port of the server in a container.

    Args:
        usual: the port to use if the engine tells none.
    """
    try:
        address = engine.address(container)
    except PryvTuiError as error:
        raise NotNear(error.what) from error
    if not address:
        raise NotNear("it has no address on this machine")
    host, _, port = address.partition(":")
    return host, int(port) if port else usual


def _need_its_own(engine: Engine, container: str, line: socket.socket) -> None:
    """See that the server at the other end of a connection runs in the container.

    Raises:
        NotNear: another server listens at that address, or nobody can tell which one it is.
    """
    address, port = line.getsockname()[:2]
    try:
        own = engine.ends_at(container, address, port)
    except PryvTuiError as error:
        raise NotNear(error.what) from error
    if not own:
        raise NotNear("it is not certain that what listens at its address is in the container")


def _question(argv: Sequence[str]) -> list[bytes]:
    """Translate a `redis-cli` command line into a Redis command; only three that read."""
    match list(argv[1:]):
        case ["INFO", *sections] if not any(one.startswith("-") for one in sections):
            return [b"INFO", *(one.encode() for one in sections)]
        case ["CONFIG", "GET", pattern]:
            return [b"CONFIG", b"GET", pattern.encode()]
        case ["--scan", "--pattern", pattern]:
            return [b"SCAN", pattern.encode()]
    raise NotNear("it has to be asked with redis-cli")


def _scanned(talk: _Talk, pattern: bytes) -> Iterator[bytes]:
    cursor = b"0"
    while True:
        told = talk.ask(b"SCAN", cursor, b"MATCH", pattern, b"COUNT", _KEYS)
        if not isinstance(told, list) or len(told) != 2:
            raise ValueError("a scan is answered by a cursor and keys")
        at, keys = told
        if not isinstance(at, bytes) or not isinstance(keys, list):
            raise ValueError("a scan is answered by a cursor and keys")
        for key in keys:
            if not isinstance(key, bytes):
                raise ValueError("a key is bytes")
            yield key
        if at == b"0":
            return
        cursor = at


def _lines(told: _Told) -> list[str]:
    if isinstance(told, list):
        return [line for one in told for line in _lines(one)]
    text = _text(told).replace("\r\n", "\n")
    return text.removesuffix("\n").split("\n")


def _text(told: bytes) -> str:
    return told.decode("utf-8", "surrogateescape")


_Told = bytes | list["_Told"]


class _Talk:
    """A connection to Redis: the part of its protocol that is needed to ask.

    https://redis.io/docs/latest/develop/reference/protocol-spec/ (version 2).
    """

    def __init__(self, line: socket.socket, seconds: float, clock: Callable[[], float]) -> None:
        """Take an open connection.

        Args:
            seconds: how long the server may be silent.
        """
        self._line = line
        self._seconds = seconds
        self._most = seconds * REDIS_WHOLE
        self._clock = clock
        self._end = clock() + self._most
        self._came = bytearray()

    def _more(self) -> None:
        """Receive more bytes.

        Raises:
            OSError: nothing came in time, or the whole answer takes too long.
        """
        left = self._end - self._clock()
        if left <= 0:
            raise TimeoutError(f"it took longer than {self._most:g} s")
        self._line.settimeout(min(self._seconds, left))
        came = self._line.recv(1 << 16)
        if not came:
            raise ConnectionError("it closed the connection too early")
        self._came += came

    def _head(self) -> bytes:
        """The next line, with its line break."""
        while (end := self._came.find(b"\r\n")) < 0:
            if len(self._came) > 1 << 16:
                raise ValueError("its answer is not understood")
            self._more()
        return self._taken(end + 2)

    def _taken(self, size: int) -> bytes:
        while len(self._came) < size:
            self._more()
        taken = bytes(self._came[:size])
        del self._came[:size]
        return taken

    def ask(self, *words: bytes) -> _Told:
        """Send a command and return its answer.

        Raises:
            ValueError: Redis refuses, or the answer is not understood.
        """
        parts = [b"$%d\r\n%s\r\n" % (len(word), word) for word in words]
        self._line.sendall(b"*%d\r\n%s" % (len(parts), b"".join(parts)))
        return self._told(0)

    def _told(self, depth: int) -> _Told:
        head = self._head()
        if depth > 4:
            raise ValueError("its answer is not understood")
        kind, rest = head[:1], head[1:-2]
        if kind in (b"+", b":"):
            return rest
        if kind == b"$" and 0 <= (size := int(rest)) <= _LONGEST:
            return self._taken(size + 2)[:-2]
        if kind == b"*" and 0 <= (many := int(rest)) <= _LONGEST:
            return [self._told(depth + 1) for _ in range(many)]
        raise ValueError(cut(head.decode("utf-8", "replace"), 200))


def asks_redis(
    engine: Engine,
    container: str,
    argv: Sequence[str],
    environment: Mapping[str, str],
    seconds: float = REDIS_SECONDS,
) -> list[str] | None:
    """Ask Redis as `redis` does, and return None instead of raising `NotNear`.

    Args:
        argv: the command line that would be run in the container.
        environment: the environment for that command, which may contain the password. If it
            contains anything else, the result is None.
    """
    if argv[:1] != ["redis-cli"] or set(environment) - {PASSWORD}:
        return None
    try:
        return redis(engine, container, argv, environment.get(PASSWORD, ""), seconds)
    except NotNear:
        return None
