"""What works with `docker` works here: contexts, TLS, and which of them counts."""

from __future__ import annotations

import hashlib
import json
import os
import ssl
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import trustme
from click.testing import CliRunner

from pryv_tui.cli.main import cli
from pryv_tui.errors import PryvTuiError
from pryv_tui.hosts.docker_engine import DockerEngine
from pryv_tui.hosts.endpoint import DEFAULT_SOCKET, Tls, find_endpoint, url_of
from pryv_tui.operations.commands import given_words
from pryv_tui.operations.settings.resolve import resolve_settings

CONTEXT_URL = "tcp://10.0.0.7:2376"


def context(home: Path, name: str, url: str = CONTEXT_URL, **more: Any) -> Path:
    """A docker context as `docker context create` writes it; its folder for certificates."""
    digest = hashlib.sha256(name.encode()).hexdigest()
    folder = home / ".docker/contexts/meta" / digest
    folder.mkdir(parents=True)
    tree = {"Name": name, "Metadata": {}, "Endpoints": {"docker": {"Host": url, **more}}}
    (folder / "meta.json").write_text(json.dumps(tree))
    certificates = home / ".docker/contexts/tls" / digest / "docker"
    certificates.mkdir(parents=True)
    return certificates


def chosen(home: Path, name: str) -> None:
    (home / ".docker").mkdir(exist_ok=True)
    (home / ".docker/config.json").write_text(json.dumps({"currentContext": name, "auths": {}}))


def test_what_counts_before_what(tmp_path: Path) -> None:
    context(tmp_path, "one", "unix:///run/one.sock")
    context(tmp_path, "two", "ssh://root@two.example")
    chosen(tmp_path, "one")
    home = {"HOME": str(tmp_path)}
    assert find_endpoint(None, {"HOME": str(tmp_path / "none")}).url == DEFAULT_SOCKET
    assert find_endpoint(None, home).url == "unix:///run/one.sock"
    named = {**home, "DOCKER_CONTEXT": "two"}
    assert find_endpoint(None, named).url == "ssh://root@two.example"
    assert find_endpoint(None, {**named, "DOCKER_CONTEXT": "default"}).url == DEFAULT_SOCKET
    assert find_endpoint(None, {**named, "DOCKER_HOST": "tcp://h:1"}).url == "tcp://h:1"
    assert find_endpoint("unix:///given", {**named, "DOCKER_HOST": "tcp://h:1"}).url == (
        "unix:///given"
    )
    moved = {"HOME": "/nowhere", "DOCKER_CONFIG": str(tmp_path / ".docker")}
    assert find_endpoint(None, moved).url == "unix:///run/one.sock"
    assert url_of(None, named) == "ssh://root@two.example"


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("engine.example", "tcp://engine.example:2375"),
        ("10.0.0.7:2375", "tcp://10.0.0.7:2375"),
        ("tcp://engine.example", "tcp://engine.example:2375"),
        ("tcp://[::1]", "tcp://[::1]:2375"),
        ("tcp://[::1]:99/under", "tcp://[::1]:99/under"),
        ("tcp://engine.example/under", "tcp://engine.example:2375/under"),
        (" unix:///run/one.sock ", "unix:///run/one.sock"),
        ("ssh://root@two.example", "ssh://root@two.example"),
        ("  ", DEFAULT_SOCKET),
        # Of no way that there is: it is said as it was given.
        ("/run/one.sock", "/run/one.sock"),
    ],
)
def test_an_address_is_completed_as_docker_does(given: str, meant: str, tmp_path: Path) -> None:
    home = {"HOME": str(tmp_path)}
    assert find_endpoint(None, {**home, "DOCKER_HOST": given}).url == meant
    if "engine.example" in given:
        secure = {**home, "DOCKER_TLS_VERIFY": "1", "DOCKER_HOST": given}
        assert find_endpoint(None, secure).url == meant.replace(":2375", ":2376")


@pytest.mark.parametrize("config", ["{", "[]", '{"currentContext": 7}', '{"auths": {}}', ""])
def test_a_config_that_says_nothing_chooses_nothing(tmp_path: Path, config: str) -> None:
    (tmp_path / ".docker").mkdir()
    (tmp_path / ".docker/config.json").write_text(config)
    assert find_endpoint(None, {"HOME": str(tmp_path)}).url == DEFAULT_SOCKET


def test_a_context_that_is_not_there_is_named_with_the_way_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    chosen(tmp_path, "gone")
    for name in [n for n in os.environ if n.startswith("DOCKER_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    with pytest.raises(PryvTuiError) as found:
        DockerEngine().info()
    assert found.value.name == "engine-unreachable"
    assert "'gone'" in found.value.what and "docker context ls" in found.value.remedy
    assert url_of(None, {"HOME": str(tmp_path)}) == DEFAULT_SOCKET
    context(tmp_path, "gone")
    for path in (tmp_path / ".docker/contexts/meta").glob("*/meta.json"):
        path.write_text('{"Endpoints": {}}')
    with pytest.raises(PryvTuiError, match="can't be read"):
        DockerEngine().info()


def test_tls_is_what_the_environment_says_for_a_url_and_the_context_for_its_own(
    tmp_path: Path,
) -> None:
    for name in ("ca", "cert", "key"):
        (tmp_path / f"{name}.pem").write_text("x")
    certificates = {"HOME": "/nowhere", "DOCKER_CERT_PATH": str(tmp_path)}
    files = {name: str(tmp_path / f"{name}.pem") for name in ("ca", "cert", "key")}
    verified = {**certificates, "DOCKER_TLS_VERIFY": "1"}
    assert find_endpoint("tcp://h:2376", verified).tls == Tls(**files, verify=True)
    assert find_endpoint("tcp://h:2376", {**certificates, "DOCKER_TLS": "1"}).tls == Tls(
        **files, verify=False
    )
    assert find_endpoint("tcp://h:2375", certificates).tls is None
    assert find_endpoint("unix:///a.sock", verified).tls is None
    (tmp_path / "key.pem").unlink()
    assert find_endpoint("tcp://h:2376", verified).tls == Tls(ca=files["ca"], verify=True)
    home = tmp_path / "home"
    kept = context(home, "far", SkipTLSVerify=True)
    (kept / "ca.pem").write_text("x")
    found = find_endpoint(None, {**verified, "HOME": str(home), "DOCKER_CONTEXT": "far"})
    assert found.url == CONTEXT_URL
    assert found.tls is not None
    assert (found.tls.ca, found.tls.verify) == (str(kept / "ca.pem"), False)


class Engine(BaseHTTPRequestHandler):
    """As much of an engine as tells its version."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        body = json.dumps({"Version": "27.0", "ApiVersion": "1.43"}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_words: Any) -> None: ...


@pytest.mark.parametrize("how", ["environment", "context"])
def test_an_engine_that_wants_certificates_is_reached(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    authority, stranger = trustme.CA(), trustme.CA()
    wanted = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(wanted)
    authority.configure_trust(wanted)
    wanted.verify_mode = ssl.CERT_REQUIRED
    server = ThreadingHTTPServer(("127.0.0.1", 0), Engine)
    server.socket = wanted.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"tcp://127.0.0.1:{server.server_address[1]}"
    folder = tmp_path / "certificates"
    if how == "context":
        folder = context(tmp_path, "far", url)
    else:
        folder.mkdir()

    def write(ca: trustme.CA) -> None:
        mine = authority.issue_cert("operator@pryv.example")
        ca.cert_pem.write_to_path(folder / "ca.pem")
        mine.private_key_pem.write_to_path(folder / "key.pem")
        mine.cert_chain_pems[0].write_to_path(folder / "cert.pem")

    write(authority)
    for name in [n for n in os.environ if n.startswith("DOCKER_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    # Meant for other programs; `docker` does not look at it.
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", ssl.get_default_verify_paths().openssl_cafile)
    if how == "context":
        monkeypatch.setenv("DOCKER_CONTEXT", "far")
    else:
        monkeypatch.setenv("DOCKER_HOST", url)
        monkeypatch.setenv("DOCKER_TLS_VERIFY", "1")
        monkeypatch.setenv("DOCKER_CERT_PATH", str(folder))
    try:
        assert DockerEngine().info().version == "27.0"
        write(stranger)
        with pytest.raises(PryvTuiError) as found:
            DockerEngine().info()
        assert found.value.name == "engine-unreachable", "its certificate is judged"
    finally:
        server.shutdown()
        server.server_close()


SECRETS = (
    "tcp://user:hunter2@10.0.0.7:2376",
    "ssh://root:hunter2@machine",
    "http://me:hunter2@engine:2375/path",
    "tcp://engine:2375/?token=hunter2",
    "tcp://me:with/slash:hunter2@engine:2375",
)


@pytest.mark.parametrize("url", SECRETS)
def test_an_address_with_a_password_is_refused_wherever_it_stands(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Journals, `--json`, hints and lists of processes would have it."""
    config = tmp_path / "config.toml"
    config.write_text(f'[[host]]\nname = "one"\ndocker = "{url}"\n')
    context(tmp_path, "far", url)
    tries: list[Callable[[], object]] = [
        lambda: resolve_settings(docker=url, environment={}),
        lambda: resolve_settings(environment={"DOCKER_HOST": url}),
        lambda: resolve_settings(config=str(config), environment={}),
        lambda: find_endpoint(url, {}),
        lambda: find_endpoint(None, {"DOCKER_HOST": url}),
        lambda: find_endpoint(None, {"HOME": str(tmp_path), "DOCKER_CONTEXT": "far"}),
    ]
    for attempt in tries:
        with pytest.raises(PryvTuiError) as caught:
            attempt()
        assert "hunter2" not in f"{caught.value.what} {caught.value.remedy}"
        assert "password" in caught.value.what
    monkeypatch.setenv("HOME", str(tmp_path))
    for words in (["status"], ["backup", "--json"], ["verify"]):
        state = str(tmp_path / "state")
        done = CliRunner().invoke(cli, [*words, "--docker", url, "--state", state])
        assert done.exit_code == 2
        assert "hunter2" not in done.output
    assert "hunter2" not in " ".join(given_words(docker=url, vault=f"restic:rest:{url}"))


def test_an_address_with_a_user_alone_is_taken() -> None:
    for url in ("ssh://root@machine", "tcp://10.0.0.7:2376", DEFAULT_SOCKET):
        assert find_endpoint(url, {}).url == url


def test_what_the_refusal_of_a_password_names_is_taken(tmp_path: Path) -> None:
    for name in ("ca.pem", "cert.pem", "key.pem"):
        (tmp_path / name).touch()
    by_certificates = {
        "DOCKER_HOST": "tcp://10.0.0.7:2376",
        "DOCKER_TLS_VERIFY": "1",
        "DOCKER_CERT_PATH": str(tmp_path),
    }
    found = find_endpoint(None, by_certificates)
    assert found.tls is not None and found.tls.verify
    assert found.tls.key == str(tmp_path / "key.pem")
