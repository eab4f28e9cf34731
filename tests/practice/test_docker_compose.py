"""The miniature docker-compose, and that it stays inside its own folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from pryv_tui.errors import PryvTuiError
from pryv_tui.practice.platform import PracticePlatform
from tests.practice.kit import Tools


def compose(tools: Tools, *argv: str) -> tuple[int, list[str]]:
    chunks: list[bytes] = []
    path = tools.host.which("docker-compose")
    assert path is not None
    code = tools.host.run([path, *argv], on_output=lambda _, chunk: chunks.append(chunk))
    return code, b"".join(chunks).decode().splitlines()


def file_of(tools: Tools) -> str:
    return str(tools.root / "pryv/pryv.yml")


def test_the_machine_has_docker_compose_and_nothing_else(platform: PracticePlatform) -> None:
    host = platform.hosts[0]
    assert host.which("docker-compose") == "/usr/local/bin/docker-compose"
    assert host.which("docker") is None
    with pytest.raises(PryvTuiError) as caught:
        host.run(["rm", "-rf", "/"], on_output=lambda *_: None)
    assert caught.value.name == "program-missing"


def test_down_removes_and_up_creates(tools: Tools) -> None:
    before = {c.name: (c.image, c.mounts, c.labels) for c in tools.host.engine.containers()}

    code, lines = compose(tools, "-f", file_of(tools), "down")

    assert code == 0
    assert "Stopping pryvio_mongodb ... done" in lines
    assert "Removing pryvio_mongodb ... done" in lines
    left = [c.name for c in tools.host.engine.containers()]
    assert left == ["pryvio_config_follower", "pryvio_config_leader"]

    code, lines = compose(tools, "-f", file_of(tools), "up", "-d", "mongodb", "influxdb")

    assert code == 0
    assert "Creating pryvio_mongodb ... done" in lines
    assert len(tools.host.engine.containers()) == 4

    code, lines = compose(tools, "-f", file_of(tools), "up", "-d")

    assert code == 0
    assert "pryvio_mongodb is up-to-date" in lines
    after = {c.name: (c.image, c.mounts, c.labels) for c in tools.host.engine.containers()}
    assert after == before


def test_up_starts_what_is_stopped(tools: Tools) -> None:
    tools.host.engine.stop("pryvio_redis")

    code, lines = compose(tools, "-f", file_of(tools), "up", "-d", "redis")

    assert code == 0
    assert lines == ["Starting pryvio_redis ... ", "Starting pryvio_redis ... done"]


def test_what_it_refuses(tools: Tools) -> None:
    assert compose(tools, "-f", file_of(tools), "up", "-d", "nope") == (
        1,
        ["No such service: nope"],
    )
    code, lines = compose(tools, "-f", str(tools.root / "nope.yml"), "up", "-d")
    assert code == 1
    assert "No such file or directory" in lines[0]
    assert compose(tools, "version") == (0, ["docker-compose version 1.29.2, build 5becea4c"])


def test_a_start_that_fails_is_told_in_its_words(tools: Tools) -> None:
    tools.host.engine.stop("pryvio_nginx")
    tools.platform.faults.set("container-will-not-start")

    code, lines = compose(tools, "-f", file_of(tools), "up", "-d", "nginx")

    assert code == 1
    assert "Starting pryvio_nginx ... error" in lines
    assert lines[-1].startswith("ERROR: for nginx  Cannot start service nginx: ")


def test_the_roots_scripts_work(tools: Tools) -> None:
    def script(name: str) -> int:
        return tools.host.run([str(tools.root / name)], on_output=lambda *_: None)

    assert script("stop-pryv") == 0
    assert len(tools.host.engine.containers()) == 2
    assert script("stop-config-follower") == 0
    assert script("stop-config-leader") == 0
    assert tools.host.engine.containers() == []
    assert script("ensure-permissions-core") == 0
    assert script("run-config-leader") == 0
    assert script("run-pryv") == 0
    assert script("run-config-follower") == 0
    assert len(tools.host.engine.containers()) == 16


def test_a_mount_outside_the_root_is_refused(tools: Tools, tmp_path: Path) -> None:
    file = tools.root / "pryv/pryv.yml"
    for outside in (str(tmp_path), "./../../../.."):
        file.write_text(
            "services:\n  evil:\n    image: x\n    container_name: pryvio_evil\n"
            f"    volumes:\n      - {outside}:/app/data\n"
        )

        code, lines = compose(tools, "-f", str(file), "up", "-d")

        assert code == 1
        assert "outside this practice machine's root" in lines[-1]
    assert "pryvio_evil" not in {c.name for c in tools.host.engine.containers()}
