"""A program that a container lacks is told from a container that goes away, and at once where that
can be seen: a server without a shell is asked by three names of it, twice in each backup."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from typing import Any

import pytest

from pryv_tui.errors import PryvTuiError
from pryv_tui.hosts import docker_programs
from pryv_tui.hosts.docker_client import DockerClient
from pryv_tui.hosts.docker_facts import lives_since
from pryv_tui.hosts.docker_programs import DockerPrograms

SAID = b'OCI runtime exec failed: exec failed: exec: "mongosh": executable file not found in $PATH'


class Asked:
    """Answers for one container, as often as somebody asks; it goes down after so many answers."""

    def __init__(self, downs_after: int = 10_000, code: int = 126) -> None:
        self.count, self.downs_after, self.code = 0, downs_after, code

    def __call__(self, ask: Any, container: str) -> dict[str, Any]:
        return ask(self)  # type: ignore[no-any-return]

    def exec_inspect(self, _id: str) -> dict[str, Any]:
        return {"ExitCode": self.code, "Running": False}

    def inspect_container(self, _name: str) -> dict[str, Any]:
        self.count += 1
        up = self.count <= self.downs_after
        return {"State": {"Running": up, "Pid": 4711, "StartedAt": "2020-01-01T00:00:00.0Z"}}


def raised(asked: Asked, monkeypatch: pytest.MonkeyPatch, *, alive: bool) -> PryvTuiError:
    client = DockerClient("unix:///nowhere.sock")
    monkeypatch.setattr(client, "call", asked)
    monkeypatch.setattr(client, "clock", lambda: 2e9)
    monkeypatch.setattr(
        docker_programs, "lives_since", lambda pid, since: alive and (pid, since) == (4711, 5.0)
    )
    monkeypatch.setattr("pryv_tui.hosts.docker_programs.time.sleep", lambda _seconds: None)
    with pytest.raises(PryvTuiError) as error:
        DockerPrograms(client)._exit_code("exec", "pryvio_mongodb", ["mongosh"], SAID, 5.0)
    return error.value


def test_it_is_told_at_once_where_the_container_is_seen_to_live(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked = Asked()
    assert raised(asked, monkeypatch, alive=True).name == "program-missing"
    assert asked.count == 1


def test_a_program_that_is_killed_with_its_container(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its end is told a moment before the container's; killed by itself, its code is its own."""
    gone = raised(Asked(downs_after=5, code=137), monkeypatch, alive=True)
    assert gone.name == "step-failed" and "stopped while mongosh was running" in gone.what
    client = DockerClient("unix:///nowhere.sock")
    monkeypatch.setattr(client, "call", Asked(code=137))
    programs = DockerPrograms(client)
    assert programs._exit_code("exec", "pryvio_mongodb", ["mongosh"], b"", 5.0) == 137


def test_elsewhere_the_container_is_watched_for_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = Asked()
    assert raised(asked, monkeypatch, alive=False).name == "program-missing"
    assert asked.count > 10
    gone = raised(Asked(downs_after=5), monkeypatch, alive=False)
    assert gone.name == "step-failed" and "stopped just then" in gone.what


def test_only_a_first_process_that_has_not_ended_lives() -> None:
    now = time.clock_gettime(time.CLOCK_BOOTTIME)
    assert not lives_since(os.getpid(), now) and not lives_since(0, now)
    made = subprocess.Popen(["unshare", "--pid", "--fork", "sleep", "600"])
    try:
        inside = None
        while inside is None and made.poll() is None:
            children = f"/proc/{made.pid}/task/{made.pid}/children"
            with open(children) as stream:
                inside = next(iter(map(int, stream.read().split())), None)
        if inside is None:
            pytest.skip("no process can have numbers of its own here")
        later = time.clock_gettime(time.CLOCK_BOOTTIME) + 1
        assert lives_since(inside, later) and not lives_since(made.pid, later)
        assert not lives_since(inside, now - 1), "it is a younger one, started again meanwhile"
        # Its parent may not take it up yet: an ended one that is still listed does not live.
        os.kill(made.pid, signal.SIGSTOP)
        os.waitpid(made.pid, os.WUNTRACED)  # until it has stopped: it would take it up otherwise
        os.kill(inside, signal.SIGKILL)
        while b"\nState:\tZ" not in open(f"/proc/{inside}/status", "rb").read():  # noqa: SIM115
            pass
        assert not lives_since(inside, later)
    finally:
        made.kill()
        made.wait()
