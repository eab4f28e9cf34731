"""One question to a web server: the name goes into the request, the address is ours."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
import trustme

from pryv_tui.errors import PryvTuiError
from pryv_tui.hosts.docker_facts import doors_of
from pryv_tui.hosts.web import ask_https


class Handler(BaseHTTPRequestHandler):
    """Answers 200 to one name and path, 404 to all else."""

    def do_GET(self) -> None:
        known = (self.headers["Host"], self.path) == ("reg.pryv.example", "/service/info")
        self.send_response(200 if known else 404)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_words: Any) -> None:
        pass


@pytest.fixture(scope="module")
def door() -> Iterator[tuple[str, int]]:
    """A server whose certificate nobody signed that we know."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("reg.pryv.example").configure_cert(context)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield "127.0.0.1", server.server_address[1]
    server.shutdown()
    server.server_close()


def test_the_name_goes_into_the_request(door: tuple[str, int]) -> None:
    assert ask_https([door], "reg.pryv.example", "/service/info") == 200
    assert ask_https([door], "co1.pryv.example", "/service/info") == 404
    assert ask_https([door], "reg.pryv.example", "/status") == 404


def test_the_next_door_is_tried(door: tuple[str, int]) -> None:
    closed = ("127.0.0.1", 1)
    assert ask_https([closed, door], "reg.pryv.example", "/service/info") == 200


def test_nobody_answers() -> None:
    with pytest.raises(PryvTuiError) as raised:
        ask_https([("127.0.0.1", 1)], "reg.pryv.example", "/service/info")
    assert "127.0.0.1:1" in raised.value.what
    with pytest.raises(PryvTuiError) as raised:
        ask_https([], "reg.pryv.example", "/service/info")
    assert "publishes no port 443" in raised.value.what


def facts(*published: tuple[str, str]) -> dict[str, Any]:
    ports = [{"HostIp": address, "HostPort": port} for address, port in published]
    networks = {"pryv_frontend": {"IPAddress": "172.18.0.9"}, "none": {"IPAddress": ""}}
    return {"NetworkSettings": {"Ports": {"443/tcp": ports}, "Networks": networks}}


@pytest.mark.parametrize(
    ("url", "published", "expected"),
    [
        ("unix:///d.sock", [], [("172.18.0.9", 443)]),
        (
            "unix:///d.sock",
            [("0.0.0.0", "8443")],
            [("172.18.0.9", 443), ("127.0.0.1", 8443)],
        ),
        ("tcp://core:2376", [("0.0.0.0", "443")], [("core", 443)]),
        ("tcp://core:2376", [("10.0.0.7", "443")], [("10.0.0.7", 443)]),
        ("tcp://core:2376", [], []),
    ],
)
def test_the_doors_of_a_container(
    url: str, published: list[tuple[str, str]], expected: list[tuple[str, int]]
) -> None:
    assert doors_of(facts(*published), url) == expected
