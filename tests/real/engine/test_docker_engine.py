"""The engine behind Docker's SDK, on a real one: exit codes, streams, cancel, what goes wrong."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from docker.errors import NotFound

from pryv_tui.errors import Cancelled, PryvTuiError
from pryv_tui.hosts.docker_engine import DockerEngine
from pryv_tui.hosts.engine import Container, Mount, Stream
from pryv_tui.operations.plans.container import Act
from pryv_tui.operations.settings.resolve import resolve_settings
from pryv_tui.runs.record.events import RunFinished
from pryv_tui.runs.start import follow, start_run
from tests.real.hurried import hurried
from tests.real.testbed.machines import TestEngine
from tests.real.testbed.platform import wait_for

pytestmark = pytest.mark.engine

NAME = "pryvio_probe"


@pytest.fixture
def docker_engine(engine: TestEngine) -> Iterator[DockerEngine]:
    """An engine with one running container that does nothing."""
    tags = [tag for image in engine.client.images.list() for tag in image.tags]
    image = next(tag for tag in tags if "mongodb" in tag)
    container = engine.client.containers.run(
        image, ["sleep", "infinity"], name=NAME, entrypoint="", detach=True
    )
    yield DockerEngine(engine.url)
    with suppress(NotFound):
        container.remove(force=True)


def _run(docker_engine: DockerEngine, *argv: str) -> tuple[int, dict[str, bytes]]:
    got: dict[str, bytes] = {"stdout": b"", "stderr": b""}

    def sink(stream: Stream, chunk: bytes) -> None:
        got[stream] += chunk

    return docker_engine.exec(NAME, argv, on_output=sink), got


def test_streams_are_kept_apart_and_the_exit_code_is_the_program_s(
    docker_engine: DockerEngine,
) -> None:
    code, got = _run(docker_engine, "sh", "-c", "echo out; echo err >&2; exit 7")
    assert code == 7
    assert got == {"stdout": b"out\n", "stderr": b"err\n"}
    _, got = _run(docker_engine, "sh", "-c", "head -c 300000 /dev/zero")
    assert len(got["stdout"]) == 300_000, "a line of any length"


def test_what_is_missing_or_stopped_is_said_in_our_words(docker_engine: DockerEngine) -> None:
    with pytest.raises(PryvTuiError) as program:
        _run(docker_engine, "/no/such/program")
    assert program.value.name == "program-missing"
    with pytest.raises(PryvTuiError) as container:
        docker_engine.exec("pryvio_none", ["true"], on_output=lambda _s, _c: None)
    assert container.value.name == "container-missing"
    docker_engine.pause(NAME)
    try:
        with pytest.raises(PryvTuiError) as paused:
            _run(docker_engine, "true")
    finally:
        docker_engine.unpause(NAME)
    assert paused.value.name == "container-stopped"
    assert paused.value.what.startswith(f"{NAME} is paused: ")
    assert paused.value.remedy.endswith(f"on its machine: docker unpause {NAME}")
    assert _run(docker_engine, "true")[0] == 0
    docker_engine.stop(NAME, timeout=0)
    with pytest.raises(PryvTuiError) as stopped:
        _run(docker_engine, "true")
    assert stopped.value.name == "container-stopped"
    assert " is not running" in stopped.value.what and "paused" not in stopped.value.what


@contextmanager
def once_it_runs(
    docker_engine: DockerEngine, words: str, act: Callable[[], object]
) -> Iterator[None]:
    """Do something beside, as soon as a program with these words runs in the container."""
    with ThreadPoolExecutor(1) as beside:
        done = beside.submit(_wait_and_act, docker_engine, words, act)
        yield
        done.result()


def _wait_and_act(docker_engine: DockerEngine, words: str, act: Callable[[], object]) -> None:
    wait_for(words, lambda: any(words in line for line in docker_engine.processes(NAME)))
    act()


def test_a_container_that_dies_under_a_program_is_named(docker_engine: DockerEngine) -> None:
    stop = partial(docker_engine.stop, NAME, timeout=0)
    with (
        once_it_runs(docker_engine, "sleep 60", stop),
        pytest.raises(PryvTuiError, match="stopped while"),
    ):
        _run(docker_engine, "sleep", "60")


@pytest.mark.parametrize("script", ["sleep 600", "trap '' TERM; while :; do sleep 1; done"])
def test_cancel_ends_the_process_inside_the_container(
    docker_engine: DockerEngine, script: str
) -> None:
    cancel = threading.Event()
    with once_it_runs(docker_engine, "the-one", cancel.set), pytest.raises(Cancelled):
        docker_engine.exec(
            NAME, ["sh", "-c", f"{script} # the-one"], on_output=lambda _s, _c: None, cancel=cancel
        )
    assert not [line for line in docker_engine.processes(NAME) if "the-one" in line]


@pytest.mark.parametrize("goes", ["removed", "made again", "stopped"])
def test_a_container_that_goes_under_a_program_is_told_as_what_became_of_it(
    engine: TestEngine, docker_engine: DockerEngine, goes: str
) -> None:
    one = engine.client.containers.get(NAME)
    again: list[Any] = []

    def away() -> None:
        # The engine tells when a container was made to the second.
        wait_for("some age", lambda: time.monotonic() > began + 2.5)
        if goes == "stopped":
            one.kill()
            return
        image = str(one.attrs["Image"])
        one.remove(force=True)
        if goes == "made again":
            again.append(
                engine.client.containers.run(
                    image, ["sleep", "infinity"], name=NAME, entrypoint="", detach=True
                )
            )

    began = time.monotonic()
    try:
        with once_it_runs(docker_engine, "the-one", away), pytest.raises(PryvTuiError) as caught:
            docker_engine.exec(
                NAME, ["sh", "-c", "sleep 600 # the-one"], on_output=lambda _s, _c: None
            )
    finally:
        for container in again:
            container.remove(force=True)
    what = (
        "stopped while sh was running in it"
        if goes == "stopped"
        else "was removed while sh ran in it"
    )
    assert caught.value.name == "step-failed"
    assert caught.value.what == f"{NAME} {what}"


def test_one_program_is_ended_by_what_the_engine_calls_it(docker_engine: DockerEngine) -> None:
    """Its command line is another's too; that one goes on."""
    called: list[str] = []
    line = ["sh", "-c", "sleep 600 # the-same"]

    def look() -> None:
        with suppress(PryvTuiError):
            docker_engine.exec(NAME, line, on_output=lambda _s, _c: None, begun=called.append)

    def running() -> int:
        return sum("the-same" in one for one in docker_engine.processes(NAME))

    with ThreadPoolExecutor(2) as beside:
        first = beside.submit(look)
        wait_for("the first", lambda: running() == 1)
        second = beside.submit(look)
        wait_for("the second", lambda: running() == 2)
        try:
            assert docker_engine.end_exec(NAME, called[0])
            first.result(60)
            assert running() == 1 and not second.done()
            assert not docker_engine.end_exec(NAME, called[0]), "it has ended"
            assert not docker_engine.end_exec(NAME, "0" * 64), "the engine knows none"
        finally:
            assert docker_engine.end_exec(NAME, called[1])
    assert running() == 0


def test_an_engine_that_is_not_there_says_how_to_start_it() -> None:
    with pytest.raises(PryvTuiError) as gone:
        DockerEngine("unix:///nonexistent/docker.sock").info()
    assert gone.value.name == "engine-unreachable"
    assert "systemctl start docker" in gone.value.remedy


def test_a_folder_that_was_replaced_is_not_the_one_that_a_container_sees(
    engine: TestEngine, tmp_path: Path
) -> None:
    tags = [tag for image in engine.client.images.list() for tag in image.tags]
    image = next(tag for tag in tags if "mongodb" in tag)
    folder = tmp_path / "data"
    folder.mkdir()
    mount = Mount(str(folder), "/app/data")
    running = engine.client.containers.run(
        image,
        ["sleep", "600"],
        name=NAME,
        entrypoint="",
        detach=True,
        volumes={str(folder): {"bind": "/app/data", "mode": "rw"}},
    )
    try:
        docker_engine = DockerEngine(engine.url)
        assert docker_engine.shows(NAME, mount) is True
        folder.rename(tmp_path / "before")
        assert docker_engine.shows(NAME, mount) is False
        folder.mkdir()
        assert docker_engine.shows(NAME, mount) is False
        running.restart(timeout=0)
        assert docker_engine.shows(NAME, mount) is True
        docker_engine.stop(NAME, timeout=0)
        assert docker_engine.shows(NAME, mount) is None
    finally:
        running.remove(force=True)


@pytest.mark.parametrize("policy", ["always", "unless-stopped", "on-failure", "on-failure:3"])
def test_a_restart_policy_is_told_taken_and_given_back(
    docker_engine: DockerEngine, policy: str
) -> None:
    """Also of a container that is stopped, which is when a restore does it."""

    def told() -> str:
        (container,) = docker_engine.containers()
        return container.restart_policy

    assert told() == "no"
    docker_engine.set_restart_policy(NAME, policy)
    assert told() == policy
    docker_engine.stop(NAME, timeout=0)
    docker_engine.set_restart_policy(NAME, "no")
    assert told() == "no"
    docker_engine.set_restart_policy(NAME, policy)
    assert told() == policy


def test_one_container_is_stopped_started_and_told_all_of(
    engine: TestEngine, tmp_path: Path
) -> None:
    """By runs, as an operator asks for them; the details say what the engine tells."""
    tags = [tag for image in engine.client.images.list() for tag in image.tags]
    image = next(tag for tag in tags if "mongodb" in tag)
    root = tmp_path / "root"
    (root / "pryv/core/conf").mkdir(parents=True)
    # It ends with 3 when it is asked to, so that the exit code is seen to be its own.
    script = "echo up; trap 'exit 3' TERM; while :; do sleep 0.1; done"
    settings = hurried(resolve_settings(
        root=str(root), docker=engine.url, vault=str(tmp_path / "vault"),
        state=str(tmp_path / "state"), environment={},
    ))  # fmt: skip

    def told() -> Container:
        (container,) = DockerEngine(engine.url).containers()
        return container

    def done(act: Act) -> RunFinished:
        record = start_run(settings, act, container=NAME, host=settings.hosts[0].name)
        end = [event for _, event in follow(record)][-1]
        assert isinstance(end, RunFinished)
        return end

    made = engine.client.containers.run(
        image, ["sh", "-c", script], name=NAME, entrypoint="", detach=True,
        labels={"com.docker.compose.project": "pryv"},
        restart_policy={"Name": "always"},
        volumes={
            str(root / "pryv/core/conf"): {"bind": "/app/conf", "mode": "ro"},
            "named": {"bind": "/kept", "mode": "rw"},
        },
        healthcheck={"test": ["CMD", "true"], "interval": 10**9},
    )  # fmt: skip
    try:
        running = told()
        assert (running.state, running.exit_code) == ("running", None)
        assert running.health in ("starting", "healthy")
        assert running.mounts == (Mount(str(root / "pryv/core/conf"), "/app/conf", True),)
        assert running.volumes == (Mount("named", "/kept", False),)
        assert running.labels["com.docker.compose.project"] == "pryv"
        assert running.networks
        stopped = done("stop")
        assert stopped.outcome == "complete", stopped.what
        assert stopped.checks == [f"{NAME} on {settings.hosts[0].name}: stopped with exit code 3"]
        assert (told().state, told().exit_code) == ("exited", 3)
        assert told().restart_policy == "always"
        assert done("start").outcome == "complete"
        # When it began is told in whole seconds: what is printed next is of another one.
        begun = datetime.fromisoformat(told().since).timestamp()
        wait_for("the next second", lambda: time.time() >= begun + 1)
        again = done("restart")
        assert again.outcome == "complete", again.what
        assert told().state == "running"
        assert told().since > running.since
        docker_engine = DockerEngine(engine.url)
        assert b"".join(docker_engine.logs(NAME)).split() == [b"up"] * 3
        last = datetime.fromisoformat(told().since).timestamp()
        assert b"".join(docker_engine.logs(NAME, since=last)).split() == [b"up"]
        assert b"".join(docker_engine.logs(NAME, since=last + 3600)) == b""
    finally:
        made.remove(force=True, v=True)
