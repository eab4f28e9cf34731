"""Servers that answer at an address as a store does, or do not: for the tests of asking there."""

from __future__ import annotations

import contextlib
import http.server
import os
import socket
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from pryv_tui.hosts.routes import ends_in
from pryv_tui.operations.containers.waiting import Silence
from pryv_tui.operations.stores.near import asks_redis
from tests.helpers.waiting import PATIENCE
from tests.hosts.machines import machine
from tests.operations.kit import TellingEngine

INFO = ["redis-cli", "INFO"]


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
                until.wait(PATIENCE)
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


def watch(seconds: float = 20.0, cancel: threading.Event | None = None) -> Silence:
    return Silence("InfluxDB", seconds, None, cancel)
