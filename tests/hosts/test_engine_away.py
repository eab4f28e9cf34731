"""An engine that ends while a program runs in a container: told as that, and as nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from pryv_tui.errors import PryvTuiError
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
    assert "look at what runs" in told.remedy


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
