"""Remedies for engines and containers: done as printed."""

from __future__ import annotations

import http.server
import json
import os
import re
import shlex
import socketserver
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
import requests

from pryv_tui.errors import PryvTuiError
from pryv_tui.hosts.docker_engine import DockerEngine
from pryv_tui.hosts.docker_programs import DockerPrograms
from pryv_tui.operations.plans.container import container_plan
from pryv_tui.operations.settings.resolve import resolve_settings
from pryv_tui.operations.site import open_site
from pryv_tui.operations.stores.redis import Redis
from pryv_tui.practice.platform import PracticePlatform
from tests.hosts.machines import StillHost, container, machine
from tests.hosts.test_docker_engine import Api, engine
from tests.operations.kit import context, deployed
from tests.remedies.kit import refusal, typed
from tests.remedies.places.elsewhere import somebody

# -- an engine -----------------------------------------------------------------------------------


class _Answers(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        told: Any = [] if "containers" in self.path else {"Version": "27", "ApiVersion": "1.43"}
        content = json.dumps(told).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def address_string(self) -> str:
        return "a socket"

    def log_message(self, *_words: object) -> None: ...


class _Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True


class Engines:
    """Engines that answer at sockets, once they are started."""

    def __init__(self) -> None:
        self.started: list[_Server] = []

    def start(self, socket: Path) -> None:
        socket.unlink(missing_ok=True)
        server = _Server(str(socket), _Answers)
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        self.started.append(server)


@pytest.fixture
def engines() -> Iterator[Engines]:
    made = Engines()
    yield made
    for server in made.started:
        server.shutdown()
        server.server_close()


@pytest.mark.parametrize("way", ["started", "--docker", "DOCKER_HOST", "the configuration file"])
def test_an_engine_that_does_not_answer(
    tmp_path: Path, engines: Engines, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    """`systemctl` is a stand-in: what it does is that an engine answers there."""
    here, other = tmp_path / "docker.sock", tmp_path / "other.sock"
    told = refusal(DockerEngine(f"unix://{here}").info)
    assert told.name == "engine-unreachable"
    assert told.remedy.startswith("Start it on its machine (systemctl start docker), or name")
    engines.start(here if way == "started" else other)
    given: dict[str, Any] = {"docker": f"unix://{here}"}
    if way == "--docker":
        given = {"docker": f"unix://{other}"}
    elif way == "DOCKER_HOST":
        monkeypatch.setenv("DOCKER_HOST", f"unix://{other}")
        given = {}
    elif way == "the configuration file":
        config = tmp_path / "config.toml"
        config.write_text(
            "".join(
                f'[[host]]\nname = "{name}"\nroot = "/r/{name}"\ndocker = "unix://{other}"\n'
                for name in ("core", "register")
            )
        )
        given = {"config": str(config)}
    settings = resolve_settings(
        vault=str(tmp_path / "v"), state=str(tmp_path / "s"), environment={}, **given
    )
    for host in open_site(settings).hosts:
        assert host.engine.info().version == "27"


def test_of_several_machines_each_has_its_own(tmp_path: Path) -> None:
    """What one option can't say for several is left away: the file says it."""
    config = tmp_path / "config.toml"
    config.write_text(
        '[[host]]\nname = "core"\nroot = "/r/core"\n[[host]]\nname = "register"\nroot = "/r/reg"\n'
    )
    words = {"config": str(config), "vault": str(tmp_path / "v"), "state": str(tmp_path / "s")}
    for option in ({"root": "/r"}, {"docker": "unix:///other.sock"}):
        told = refusal(lambda option=option: resolve_settings(**words, **option, environment={}))  # type: ignore[misc]
        assert told.remedy == (f"Omit them: each host has its own root and docker in {config}.")
    assert len(resolve_settings(**words, environment={}).hosts) == 2


def test_a_socket_that_refuses_this_user(engines: Engines) -> None:
    with somebody() as folder:
        socket = folder / "docker.sock"
        os.seteuid(0)
        engines.start(socket)
        socket.chmod(0o660)
        group = 4712
        os.chown(socket, 0, group)
        os.seteuid(4711)
        url = f"unix://{socket}"
        told = refusal(DockerEngine(url).info)
        assert told.name == "engine-permission"
        assert told.remedy.startswith("Run it with sudo. A member of the docker group may look")
        os.seteuid(0)
        assert DockerEngine(url).info().version == "27", "with sudo"
        groups = os.getgroups()
        os.setgroups([group])
        os.seteuid(4711)
        try:
            assert DockerEngine(url).info().version == "27", "a member of the group"
            assert DockerEngine(url).containers() == []
        finally:
            os.seteuid(0)
            os.setgroups(groups)
            os.seteuid(4711)


def test_an_engine_that_went_away_under_a_program() -> None:
    """It answers again, and `status` asks it what runs."""
    api = Api(["pryvio_core"])
    asked = engine(api)
    told = DockerPrograms(asked._client)._went_away(
        PryvTuiError("engine-unreachable", "refused"), "mongodump", "pryvio_mongodb"
    )
    assert told.remedy.startswith(
        "When the engine answers again (systemctl status docker), see what"
    )
    assert "pryv-tui status" in told.remedy
    assert [one.name for one in asked.containers()] == ["pryvio_core"]


@pytest.mark.parametrize("url", ["ssh://host", "ssh://op@co1.example:2222"])
@pytest.mark.parametrize("why", ["Permission denied (publickey).", "Connection aborted."])
def test_an_engine_that_ssh_does_not_reach(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, url: str, why: str
) -> None:
    """`ssh` is a stand-in, and so is the SDK over it: once somebody has tried it by hand, and has
    mended what it says, it lets both through. To become root would bring other keys."""
    mended_by = tmp_path / "key installed"
    tool = tmp_path / "tools/ssh"
    tool.parent.mkdir()
    tool.write_text(
        f"#!/bin/sh\n[ -e {shlex.quote(str(mended_by))} ] || {{ echo {shlex.quote(why)} >&2;"
        ' exit 255; }\necho "$@"\n'
    )
    tool.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tool.parent}:{os.environ['PATH']}")
    api = Api(["pryvio_core"])
    api.stumbles, api.list_error = 9, lambda: requests.ConnectionError(why)
    asked = engine(api)
    asked._client.url = url
    told = refusal(asked.containers)
    assert told.name == "engine-unreachable" and "sudo" not in told.remedy
    command = told.remedy.partition("without asking anything: ")[2]
    said = subprocess.run(command, shell=True, capture_output=True, text=True)
    assert (said.returncode, said.stderr.strip()) == (255, why)
    mended_by.touch()
    said = subprocess.run(command, shell=True, capture_output=True, text=True)
    where = ["-p", "2222", "op@co1.example"] if "2222" in url else ["host"]
    assert said.stdout.split() == [*where, "docker", "version"]
    api.stumbles = 0
    assert [one.name for one in asked.containers()] == ["pryvio_core"]


# -- a container ---------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> PracticePlatform:
    return PracticePlatform.create(tmp_path_factory.mktemp("engines") / "p", users=0, attachments=0)


def test_a_container_that_has_to_run_is_started(platform: PracticePlatform, tmp_path: Path) -> None:
    """Stopped, or paused by somebody, or running again by the time that it is asked about."""
    (host,) = platform.hosts
    ctx, _ = context(tmp_path, host)  # type: ignore[arg-type]
    words = ["redis-cli", "PING"]

    def act() -> int:
        return ctx.exec(host.name, "pryvio_redis", words)

    host.engine.stop("pryvio_redis")
    plain = refusal(lambda: host.engine.exec("pryvio_redis", words, on_output=lambda *_all: None))
    command = plain.remedy.partition("again: ")[2].partition(". ")[0]
    assert command == "pryv-tui containers start NAME --host HOST"
    shown = typed(f"pryv-tui status --practice {platform.folder}").output
    (named,) = re.findall(r"exited +(\S+)", shown)
    (machine_of,) = re.findall(r"^(\S+): core, register", shown, flags=re.MULTILINE)
    command = command.replace("NAME", named).replace("HOST", machine_of)
    done = typed(f"{command} --practice {platform.folder}")
    assert done.exit_code in (0, 3), done.output
    assert act() == 0

    host.engine.stop("pryvio_redis")
    told = refusal(act)
    assert told.remedy.startswith("Let it run, then try again: pryv-tui containers start")
    command = told.remedy.partition("again: ")[2]
    done = typed(f"{command} --practice {platform.folder}")
    assert done.exit_code in (0, 3), done.output
    assert act() == 0

    host.engine.pause("pryvio_redis")
    told = refusal(act)
    assert told.remedy.startswith("A run that paused pryvio_redis resumes it at its end")
    host.engine.unpause("pryvio_redis")
    assert act() == 0


def test_one_that_runs_again_by_the_time_is_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    host = StillHost("core", machine("core"))
    ctx, _ = context(tmp_path, host)
    tries: list[int] = []

    def exec_(*_given: Any, **_more: Any) -> int:
        tries.append(1)
        if len(tries) == 1:
            raise PryvTuiError("container-stopped", "it is restarting")
        return 0

    monkeypatch.setattr(host.engine, "exec", exec_)
    told = refusal(lambda: ctx.exec("core", "pryvio_mongodb", ["true"]))
    assert told.remedy == "It is running again: try again."
    assert ctx.exec("core", "pryvio_mongodb", ["true"]) == 0


@pytest.mark.parametrize(
    ("state", "act", "ways"),
    [
        ("running", "start", ["stop", "restart"]),
        ("restarting", "start", ["stop", "restart"]),
        ("exited", "stop", ["start"]),
        ("dead", "restart", ["start"]),
        ("paused", "stop", []),
    ],
)
def test_what_a_container_s_state_allows_instead(state: Any, act: Any, ways: list[str]) -> None:
    """Each command that is named is one that its plan allows."""
    one = container("core", state=state)
    here = deployed("core")
    (host,) = here.hosts
    told = refusal(lambda: container_plan(here, act, host, one))
    named = [line.split() for line in told.remedy.split("; or: ")] if ways else []
    assert [words[2:] for words in named] == [
        [way, "pryvio_core", "--host", "core"] for way in ways
    ]
    for way in ways:
        assert container_plan(here, way, host, one).steps  # type: ignore[arg-type]
    if state == "paused":
        assert told.remedy.endswith(
            "If somebody else paused it, on core: docker unpause pryvio_core"
        )
        practice = msgspec.structs.replace(here, practice=True)
        told = refusal(lambda: container_plan(practice, act, host, one))
        assert "docker" not in told.remedy and "pryv-tui recover" in told.remedy
        let_go = msgspec.structs.replace(one, state="running")
        assert container_plan(here, act, host, let_go).steps


def test_a_server_that_is_paused_is_waited_for_and_goes_on_as_it_is_told(
    platform: PracticePlatform, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing in it answers, and no log of it says why."""
    (host,) = platform.hosts
    ctx, _ = context(tmp_path, host)  # type: ignore[arg-type]
    monkeypatch.setenv("PRYV_TUI_PATIENCE", "0.2s")
    host.engine.pause("pryvio_redis")
    told = refusal(lambda: Redis().wait(ctx, host.name))
    assert told.what.endswith("pryvio_redis is paused") and "log" not in told.remedy
    assert told.remedy.startswith("A run that paused pryvio_redis resumes it at its end")
    host.engine.unpause("pryvio_redis")
    monkeypatch.delenv("PRYV_TUI_PATIENCE")
    Redis().wait(ctx, host.name)
