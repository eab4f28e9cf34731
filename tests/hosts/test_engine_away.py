"""An engine that ends while a program runs in a container, and a container that is removed under
it: each told as that, and as nothing else."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from pryv_tui.errors import ERRORS, PryvTuiError
from pryv_tui.hosts.docker_client import DockerClient
from pryv_tui.hosts.docker_engine import DockerEngine
from pryv_tui.hosts.docker_programs import DockerPrograms

PROGRAMS = DockerPrograms(DockerClient("unix:///nowhere.sock"))


@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("engine-unreachable", "no engine answers at unix:///nowhere.sock: refused"),
        ("container-missing", "there is no container pryvio_mongodb: No such exec instance: 12ab"),
    ],
)
def test_an_engine_that_went_away_is_named(name: str, what: str) -> None:
    told = PROGRAMS._went_away(PryvTuiError(name, what), "mongodump", "pryvio_mongodb")
    assert told.name == "engine-unreachable"
    assert "restarted while mongodump ran in pryvio_mongodb" in told.what
    assert "see what is running" in told.remedy


def test_where_no_engine_is_the_reason_is_the_system_s_own(tmp_path: Path) -> None:
    """The SDK's words for it are Python's: they tell an operator nothing more."""
    url = f"unix://{tmp_path}/nowhere.sock"
    with pytest.raises(PryvTuiError) as found:
        DockerEngine(url).containers()
    assert found.value.name == "engine-unreachable"
    assert found.value.what == f"no engine answers at {url}: No such file or directory"


@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("container-missing", "there is no container pryvio_mongodb: No such container"),
        ("program-missing", "pryvio_mongodb has no program mongodump"),
        ("step-failed", "pryvio_mongodb stopped while mongodump was running in it"),
    ],
)
def test_any_other_error_stays_what_it_is(name: str, what: str) -> None:
    error = PryvTuiError(name, what)
    assert PROGRAMS._went_away(error, "mongodump", "pryvio_mongodb") is error


NAME = "pryvio_mongodb"
NOW = datetime(2026, 1, 1, 12, 0, tzinfo=UTC)


class Stream:
    """What a program printed until its container went."""

    class raw:
        @staticmethod
        def read(_size: int) -> bytes:
            return b""

    def close(self) -> None: ...


class Api:
    """An engine of which a container is removed as soon as a program has begun in it."""

    def __init__(self, *, there: bool, made: float = -3600.0, says: str = "exec") -> None:
        """
        Args:
            there: whether it has a container of that name by then.
            made: seconds from now to when that one was made.
            says: whether it misses the exec, or the container.
        """
        self.there, self.made, self.says = there, made, says

    def exec_create(self, *_words: Any, **_more: Any) -> dict[str, str]:
        return {"Id": "12ab"}

    def exec_inspect(self, _exec: str) -> dict[str, Any]:
        if self.says == "137":
            return {"ExitCode": 137, "Running": False}
        missing = {"exec": "No such exec instance: 12ab", "container": f"No such container: {NAME}"}
        raise PryvTuiError(
            "container-missing", f"there is no container {NAME}: {missing[self.says]}"
        )

    def inspect_container(self, _name: str) -> dict[str, Any]:
        if not self.there:
            what = f"there is no container {NAME}: No such container: {NAME}"
            raise PryvTuiError("container-missing", what)
        made = NOW + timedelta(seconds=self.made)
        return {"Created": made.isoformat(), "State": {"Running": True}}


class Client:
    url = "unix:///var/run/docker.sock"
    is_here = True

    def __init__(self, api: Api) -> None:
        self.api = api

    def call(
        self, ask: Callable[[Any], Any], _container: str = "", *, endless: bool = False
    ) -> Any:
        return Stream() if endless else ask(self.api)

    def clock(self) -> float:
        return NOW.timestamp()


def programs(api: Api) -> DockerPrograms:
    client: Any = Client(api)
    return DockerPrograms(client)


def after_a_minute(api: Api) -> PryvTuiError:
    """What is told when the engine does not know a program any more that it began a minute ago."""
    error = PryvTuiError("container-missing", f"there is no container {NAME}: No such exec")
    since = time.clock_gettime(time.CLOCK_BOOTTIME) - 60
    return programs(api)._meant(error, "mongodump", NAME, since)


@pytest.mark.parametrize("says", ["exec", "container", "137"])
def test_it_is_told_as_removed(says: str) -> None:
    with pytest.raises(PryvTuiError) as caught:
        programs(Api(there=False, says=says)).exec(
            NAME, ["mongodump"], on_output=lambda _s, _c: None
        )
    error = caught.value
    assert error.what == f"{NAME} was removed while mongodump ran in it"
    assert error.name == "step-failed", "a part of it has run: it is not run once more"
    assert error.remedy == ERRORS["container-missing"].remedy


class Removing(Api):
    """A container that is still being removed when its engine goes away."""

    looks = 0

    def inspect_container(self, name: str) -> dict[str, Any]:
        self.looks += 1
        if self.looks > 4:
            raise PryvTuiError("engine-unreachable", "no answer")
        found = super().inspect_container(name)
        return {**found, "State": {"Running": False, "Status": "removing"}}


def test_of_an_engine_that_went_away_meanwhile_nothing_is_said_of_its_container() -> None:
    api = Removing(there=True, says="137")
    with pytest.raises(PryvTuiError) as caught:
        programs(api).exec(NAME, ["mongodump"], on_output=lambda _s, _c: None)
    assert api.looks > 4 and caught.value.name == "engine-unreachable"
    assert "removed" not in caught.value.what
    assert caught.value.what.count("stopped or was restarted while mongodump ran in") == 1


def test_so_is_one_that_compose_has_made_again_meanwhile() -> None:
    error = after_a_minute(Api(there=True, made=-20.0))
    assert error.what == f"{NAME} was removed while mongodump ran in it"


class MadeAgain(Api):
    """A container of which a look still finds the end, and the next one another of its name."""

    def __init__(self, looks: int, ids: bool, made: float) -> None:
        super().__init__(there=True, says="137")
        self.looks, self.ids, self.younger = looks, ids, made

    def exec_inspect(self, exec_id: str) -> dict[str, Any]:
        told = super().exec_inspect(exec_id)
        return {**told, "ContainerID": "one"} if self.ids else told

    def inspect_container(self, name: str) -> dict[str, Any]:
        self.looks -= 1
        if self.looks >= 0:
            found = super().inspect_container(name)
            return {**found, "Id": "one", "State": {"Running": False, "Status": "removing"}}
        self.made = self.younger
        found = super().inspect_container(name)
        return {**found, "Id": "two", "State": {"Running": False, "Status": "created"}}


@pytest.mark.parametrize("looks", range(5))
@pytest.mark.parametrize(("ids", "made"), [(True, 0.0), (True, -60.0), (False, 60.0)])
def test_whichever_look_meets_the_new_one_the_old_one_was_removed(
    looks: int, ids: bool, made: float
) -> None:
    """By its id, or, where the engine tells none, since it is younger than the program."""
    with pytest.raises(PryvTuiError) as caught:
        programs(MadeAgain(looks, ids, made)).exec(
            NAME, ["mongodump"], on_output=lambda _s, _c: None
        )
    assert caught.value.what == f"{NAME} was removed while mongodump ran in it"


class Young(Api):
    """A container that stopped, and was made after the program began by another machine's clock."""

    def exec_inspect(self, exec_id: str) -> dict[str, Any]:
        return {**super().exec_inspect(exec_id), "ContainerID": "one"}

    def inspect_container(self, name: str) -> dict[str, Any]:
        found = super().inspect_container(name)
        return {**found, "Id": "one", "State": {"Running": False, "Status": "exited"}}


def test_one_that_stopped_is_not_told_as_removed_for_being_young() -> None:
    with pytest.raises(PryvTuiError) as caught:
        programs(Young(there=True, made=60.0, says="137")).exec(
            NAME, ["mongodump"], on_output=lambda _s, _c: None
        )
    assert caught.value.what == f"{NAME} stopped while mongodump was running in it"


def test_an_engine_that_was_restarted_has_the_container_of_before() -> None:
    error = after_a_minute(Api(there=True))
    assert error.name == "engine-unreachable"
    assert "stopped or was restarted while mongodump ran in" in error.what
