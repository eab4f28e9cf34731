"""What a program in a container prints arrives, however late this machine comes to read it."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from pryv_tui.hosts.docker_engine import DockerEngine

PRINTED = [("stdout", b"PONG\n"), ("stderr", b"a warning\n"), ("stdout", b"x" * 100_000)]


def frame(stream: str, chunk: bytes) -> bytes:
    return bytes([2 if stream == "stderr" else 1, 0, 0, 0]) + len(chunk).to_bytes(4, "big") + chunk


def answer(line: str) -> bytes:
    """What an engine answers; what the program printed comes with the head, in one piece."""
    path = line.split(" ")[1]
    if path.endswith("/exec/12ab/start"):
        head = b"HTTP/1.1 200 OK\r\nContent-Type: application/vnd.docker.raw-stream\r\n\r\n"
        return head + b"".join(frame(*one) for one in PRINTED)
    told: dict[str, object] = {"ApiVersion": "1.41", "Id": "12ab", "Running": False, "ExitCode": 0}
    body = json.dumps(told).encode()
    told_first = f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    return told_first.encode() + body


@pytest.fixture
def url(tmp_path: Path) -> Iterator[str]:
    """An engine that answers each connection once."""
    place = tmp_path / "engine.sock"
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as door:
        door.bind(str(place))
        door.listen()

        def serve() -> None:
            while True:
                try:
                    link, _ = door.accept()
                except OSError:
                    return
                with link, link.makefile("rb") as asked:
                    line = asked.readline().decode()
                    size = 0
                    while (header := asked.readline().decode().strip().lower()) != "":
                        if header.startswith("content-length:"):
                            size = int(header.partition(":")[2])
                    asked.read(size)
                    if line:
                        link.sendall(answer(line))

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"unix://{place}"
        door.shutdown(socket.SHUT_RDWR)
        thread.join(10)


def test_what_comes_together_with_the_head_is_not_lost(url: str) -> None:
    heard: dict[str, bytes] = {"stdout": b"", "stderr": b""}

    def listen(stream: str, chunk: bytes) -> None:
        heard[stream] += chunk

    assert DockerEngine(url).exec("pryvio_redis", ["redis-cli", "PING"], on_output=listen) == 0
    for stream, said in heard.items():
        assert said == b"".join(chunk for of, chunk in PRINTED if of == stream)
