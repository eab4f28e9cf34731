"""What an engine's answers come to, one that changes while it is asked included; Docker's SDK is a
stand-in here."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import docker.errors
import msgspec
import pytest
import requests

from pryv_tui.errors import PryvTuiError
from pryv_tui.hosts.docker_engine import DockerEngine
from pryv_tui.hosts.docker_errors import translate
from pryv_tui.hosts.engine import CHANGING, NO_RESTART, Mount


def entry(name: str, **more: Any) -> dict[str, Any]:
    """A line of the engine's list."""
    return {
        "Id": f"id-{name}",
        "Names": [f"/other/{name}-alias", f"/{name}"],
        "Image": "pryvio/core:1.9.2",
        "State": "running",
        "Labels": {},
        "Mounts": [],
        **more,
    }


def facts(name: str, **more: Any) -> dict[str, Any]:
    """All that the engine tells of a container."""
    return {
        "Id": f"id-{name}",
        "Name": f"/{name}",
        "State": {"Status": "running", "Running": True},
        "Config": {"Image": "pryvio/core:1.9.2"},
        "Mounts": [],
        **more,
    }


def failed(status: int) -> docker.errors.APIError:
    response = requests.Response()
    response.status_code = status
    kind = docker.errors.NotFound if status == 404 else docker.errors.APIError
    return kind(f"{status} of the engine", response=response)


class Api:
    """As much of the SDK's client as is asked for the list."""

    def __init__(self, names: list[str]) -> None:
        self.names = names
        self.broken: dict[str, Exception] = {}
        self.stumbles = 0
        self.list_error: Callable[[], Exception] = lambda: failed(500)
        self.volumes_told: Any = {"Volumes": []}

    def containers(self, all: bool) -> list[dict[str, Any]]:
        assert all
        if self.stumbles:
            self.stumbles -= 1
            raise self.list_error()
        mounts = [{"Type": "volume", "Name": "data", "Source": "/v/data", "Destination": "/srv"}]
        return [entry(name, Mounts=mounts if name == "volumed" else []) for name in self.names]

    def inspect_container(self, ident: str) -> dict[str, Any]:
        name = ident.removeprefix("id-")
        if name in self.broken:
            raise self.broken[name]
        mounts = [{"Type": "volume", "Name": "data", "Source": "/v/data", "Destination": "/srv"}]
        return facts(name, Mounts=mounts if name == "volumed" else [])

    def volumes(self) -> Any:
        if isinstance(self.volumes_told, Exception):
            raise self.volumes_told
        return self.volumes_told


def engine(api: Api) -> DockerEngine:
    found = DockerEngine("unix:///stand-in.sock")
    found._client._clients[False] = api
    return found


def test_one_that_vanishes_between_the_list_and_the_question_is_left_out() -> None:
    api = Api(["pryvio_core", "pryvio_mfa", "passing"])
    api.broken["passing"] = failed(404)
    assert [c.name for c in engine(api).containers()] == ["pryvio_core", "pryvio_mfa"]


@pytest.mark.parametrize("status", [409, 500])
def test_one_of_which_the_engine_tells_no_more_is_known_by_the_list(status: int) -> None:
    """A dead one, or one that is being removed: it still has a name and mounts."""
    api = Api(["pryvio_core", "dead"])
    api.broken["dead"] = failed(status)
    found = engine(api).containers()
    assert [(c.name, c.state) for c in found] == [("dead", "running"), ("pryvio_core", "running")]


def test_one_of_which_the_engine_never_answers_hides_none_of_the_others() -> None:
    """Its inspection waits for a lock of that container, while the list is told at once."""
    api = Api(["pryvio_core", "stuck"])
    api.broken["stuck"] = requests.ReadTimeout("Read timed out. (read timeout=120)")
    found = engine(api).containers()
    assert [(c.name, c.state) for c in found] == [("pryvio_core", "running"), ("stuck", "running")]
    with pytest.raises(PryvTuiError, match="stuck: the engine at"):
        engine(api)._inspect("id-stuck", "stuck")
    api.broken["pryvio_core"] = api.broken["stuck"]
    with pytest.raises(PryvTuiError, match="did not answer"):
        engine(api).containers()


def looked(api: Api) -> list[str]:
    """Which containers are asked for, one by one, from now on."""
    asked: list[str] = []
    inspect = api.inspect_container

    def noted(ident: str) -> dict[str, Any]:
        asked.append(ident)
        return inspect(ident)

    setattr(api, "inspect_container", noted)  # noqa: B010
    return asked


def test_a_glance_at_what_is_known_is_one_question() -> None:
    api = Api(["pryvio_core", "pryvio_mfa"])
    here = engine(api)
    known = {c.name: c for c in here.containers()}
    asked = looked(api)
    found = {c.name: c for c in here.glance()}
    assert asked == []
    assert found.keys() == known.keys()
    core = found["pryvio_core"]
    assert (core.image, core.mounts, core.labels, core.environment, core.state) == (
        known["pryvio_core"].image,
        known["pryvio_core"].mounts,
        known["pryvio_core"].labels,
        known["pryvio_core"].environment,
        "running",
    )


def test_a_glance_tells_nothing_that_may_have_changed_but_the_state() -> None:
    api = Api(["pryvio_core"])
    here = engine(api)
    (known,) = here.containers()
    listed = api.containers(all=True)
    setattr(api, "containers", lambda all: [{**one, "State": "exited"} for one in listed])  # noqa: B010
    (found,) = here.glance()
    assert found == msgspec.structs.replace(known, state="exited", **CHANGING)
    assert found.restart_policy != NO_RESTART, "whoever asks for it has to look"


def test_who_came_since_is_asked_for_in_full_and_who_was_renamed_has_his_new_name() -> None:
    api = Api(["pryvio_core"])
    here = engine(api)
    here.glance()
    api.names.append("pryvio_mfa")
    asked = looked(api)
    assert [c.name for c in here.glance()] == ["pryvio_core", "pryvio_mfa"]
    assert "id-pryvio_mfa" in asked
    asked.clear()
    listed = api.containers(all=True)
    setattr(  # noqa: B010
        api,
        "containers",
        lambda all: [{**one, "Names": [f"/x{one['Names'][1][1:]}"]} for one in listed],
    )
    assert [c.name for c in here.glance()] == ["xpryvio_core", "xpryvio_mfa"]
    assert asked == []


def test_one_of_which_the_engine_tells_no_more_hides_nobody_at_a_glance() -> None:
    api = Api(["pryvio_core", "dead"])
    api.broken["dead"] = failed(409)
    here = engine(api)
    assert (
        [c.name for c in here.glance()]
        == [c.name for c in here.glance()]
        == ["dead", "pryvio_core"]
    )


def test_what_an_engine_leaves_out_is_not_missed() -> None:
    """Engines that are not Docker's say null where there is nothing."""
    api = Api(["odd"])
    nothing = dict.fromkeys(("State", "Config", "HostConfig", "NetworkSettings", "Mounts"))
    setattr(api, "inspect_container", lambda _id: {"Name": "/odd", **nothing})  # noqa: B010
    (found,) = engine(api).containers()
    assert (found.name, found.mounts, found.restart_policy) == ("odd", (), "no")
    setattr(api, "containers", lambda all: None)  # noqa: B010
    assert engine(api).containers() == []


@pytest.mark.parametrize("told", [None, {}, requests.ReadTimeout("a volume's driver hangs")])
def test_volumes_of_which_nothing_is_told_are_taken_as_the_list_has_them(told: Any) -> None:
    api = Api(["volumed"])
    api.volumes_told = told
    assert engine(api).containers()[0].volume_folders == (Mount("/v/data", "/srv"),)


@pytest.mark.parametrize("status", [404, 500])
def test_a_list_that_stumbles_over_one_is_asked_for_again(status: int) -> None:
    api = Api(["pryvio_core"])
    api.stumbles, api.list_error = 2, lambda: failed(status)
    assert [c.name for c in engine(api).containers()] == ["pryvio_core"]
    api.stumbles = 9
    with pytest.raises(PryvTuiError):
        engine(api).containers()
    assert api.stumbles == 6, "not for ever"


def test_an_engine_that_is_away_is_away_at_once() -> None:
    api = Api(["pryvio_core"])
    api.stumbles, api.list_error = 9, lambda: requests.ConnectionError("refused")
    with pytest.raises(PryvTuiError) as found:
        engine(api).containers()
    assert found.value.name == "engine-unreachable"
    assert api.stumbles == 8, "each try may last for minutes"


def test_a_volume_is_known_by_the_folder_that_it_stands_for() -> None:
    api = Api(["volumed"])
    assert engine(api).containers()[0].volume_folders == (Mount("/v/data", "/srv"),)
    options = {"type": "none", "o": "rw,bind", "device": "/var/pryv/pryv/core/data"}
    api.volumes_told = {"Volumes": [{"Name": "data", "Options": options}]}
    assert engine(api).containers()[0].volume_folders == (
        Mount("/var/pryv/pryv/core/data", "/srv"),
    )
    api.volumes_told = failed(500)
    assert engine(api).containers()[0].volume_folders == (Mount("/v/data", "/srv"),)


@pytest.mark.parametrize(
    ("told", "state"),
    [("configured", "created"), ("stopped", "exited"), ("stopping", "running"),
     ("removing", "dead"), ("exited", "exited"), ("paused", "paused"), ("another", "dead")],
)  # fmt: skip
def test_podman_s_words_for_a_state_are_understood(told: str, state: str) -> None:
    api = Api(["one"])
    setattr(api, "inspect_container", lambda _id: facts("one", State={"Status": told}))  # noqa: B010
    assert engine(api).containers()[0].state == state


@pytest.mark.parametrize(
    ("said", "paused"),
    [
        ("Container c is paused, unpause the container before exec", True),
        ("Container c is already paused", True),
        ("Container c is not paused", False),
        ("Container c is not running", False),
        ("Container c is restarting, wait until the container is running", False),
        ('{"message": "cannot exec in a paused container"}', True),
    ],
)
def test_a_conflict_says_whether_the_container_is_paused(said: str, paused: bool) -> None:
    response = requests.Response()
    response.status_code = 409
    error = docker.errors.APIError("409 Client Error", response=response, explanation=said)
    told = translate(error, "unix:///x", "c d")
    assert told.name == "container-stopped"
    if paused:
        assert told.what.startswith("c d is paused: ")
        assert told.remedy.endswith(
            "If somebody else paused it, on its machine: docker unpause 'c d'"
        )
    else:
        assert told.what.startswith("c d is not running: ")
        assert told.remedy.startswith("Start it, then try again")
