"""Redis asked at its own address: what is an answer there, and what is left to its client."""

from __future__ import annotations

import contextlib
import itertools
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pryv_tui.operations.stores import near
from pryv_tui.operations.stores.near import NotNear, asks_redis
from pryv_tui.operations.stores.redis import Redis
from tests.hosts.machines import StillHost, machine
from tests.operations.kit import context
from tests.operations.stores.listening import INFO, At, Listen, listening, says

__all__ = ["listening"]


SCAN = ["redis-cli", "--scan", "--pattern", "*:users"]
GET = ["redis-cli", "CONFIG", "GET", "[ad]*"]


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
