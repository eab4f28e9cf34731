"""What is said where a program or a library is missing, done as it is said. What a test can't
install is put there by a script of the installer's name, or by the test."""

from __future__ import annotations

import shlex
import socket
import sys
import threading
from http.server import ThreadingHTTPServer
from pathlib import Path
from socketserver import UnixStreamServer
from typing import Any

import docker.api.client
import pytest

from pryv_tui.hosts.docker_engine import DockerEngine
from pryv_tui.hosts.local import LocalHost
from pryv_tui.operations.root.compose import compose_up
from pryv_tui.operations.root.compose_files import ComposeService
from tests.hosts.machines import StillHost
from tests.hosts.test_endpoint import Engine
from tests.operations.kit import context
from tests.remedies.kit import refusal
from tests.remedies.shell import shell_line


def script(path: Path, does: str) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"#!/bin/sh\n{does}\n")
    path.chmod(0o755)


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only programs that there are, besides the system's own; none of them is Docker's."""
    folder = tmp_path / "programs"
    folder.mkdir()
    for name in ("sh", "chmod", "cat", "ln"):
        (folder / name).symlink_to(f"/bin/{name}")
    monkeypatch.setenv("PATH", str(folder))
    return folder


def test_the_program_that_brings_services_up_is_installed(tmp_path: Path, programs: Path) -> None:
    root = tmp_path / "root"
    (root / "pryv").mkdir(parents=True)
    (root / "pryv/pryv.yml").write_text("services:\n  core:\n    container_name: pryvio_core\n")
    ctx, heard = context(tmp_path, StillHost("core"))
    host = LocalHost("core", StillHost("core").engine, root_hint=root)
    ctx.site.hosts = (host,)
    script(
        programs / "apt-get",
        f'printf "#!/bin/sh\\necho up as wanted" > {programs}/docker-compose\n'
        f"chmod 755 {programs}/docker-compose",
    )
    services = [ComposeService("pryv/pryv.yml", "core", "pryvio_core")]
    told = refusal(lambda: compose_up(ctx, "core", root, services))
    assert told.remedy.startswith("Install one there (such as: ")
    assert shell_line(told.remedy.partition("such as: ")[2].partition(")")[0]) == 0
    compose_up(ctx, "core", root, services)
    assert b"up as wanted" in heard.printed


class Listening(ThreadingHTTPServer):
    """An engine on a socket of this machine: what a forwarded one leads to."""

    address_family = socket.AF_UNIX

    def server_bind(self) -> None:
        UnixStreamServer.server_bind(self)
        self.server_name, self.server_port = "engine", 0

    def get_request(self) -> tuple[Any, Any]:
        request, _ = self.socket.accept()
        return request, ("engine", 0)


def test_an_engine_by_ssh_is_reached_with_the_library_or_by_its_socket(
    tmp_path: Path, programs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The library's effect on Docker's SDK, and ssh, are stand-ins."""
    monkeypatch.delattr(docker.api.client, "SSHHTTPAdapter", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    far = tmp_path / "far.sock"
    server = Listening(str(far), Engine)  # type: ignore[arg-type]
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = "ssh://me@far.example:2222"
    told = refusal(lambda: DockerEngine(url).info())
    install, _, rest = told.remedy.partition("; or, without it")
    words = shlex.split(install.removeprefix("Install it: "))
    assert words == [sys.executable, "-m", "pip", "install", "paramiko"]
    # By its socket.
    script(
        programs / "ssh",
        f'echo "$*" > {tmp_path}/asked\n[ "$2" = -L ] && ln -s {far} "${{3%%:*}}"',
    )
    forward = rest.partition('.sock": ')[2]
    assert shell_line(forward) == 0
    assert (tmp_path / "asked").read_text().split()[3:] == ["-p", "2222", "me@far.example"]
    named = rest.partition("--docker ")[2].partition(": ")[0]
    assert named == '"unix://$HOME/docker.sock"'
    assert DockerEngine(f"unix://{tmp_path}/docker.sock").info().version == "27.0"
    # With the library.
    adapters: list[str] = []

    def adapter(base_url: str, *_given: Any, **_more: Any) -> Any:
        adapters.append(base_url)
        raise OSError(111, "Connection refused")

    monkeypatch.setattr(docker.api.client, "SSHHTTPAdapter", adapter, raising=False)
    assert "paramiko" not in refusal(lambda: DockerEngine(url).info()).remedy
    assert adapters
    server.shutdown()
    server.server_close()
