"""Where it is read why a container does not run: of one that has no log, none is advised."""

from __future__ import annotations

import pytest

from pryv_tui.hosts.engine import ContainerState
from pryv_tui.operations.containers.again import says_why, without_log
from tests.hosts.machines import container


@pytest.mark.parametrize("state", ["running", "paused", "restarting", "exited", "dead"])
def test_what_ran_has_a_log(state: ContainerState) -> None:
    assert without_log(container("core", state=state), "core", "one") == ""
    assert says_why(container("core", state=state), "core", "one") == ""


def test_what_never_ran_has_none() -> None:
    said = without_log(container("core", state="created"), "core", "one")
    assert "logs" not in said
    assert said.endswith("start it: pryv-tui containers start pryvio_core --host one")


def test_what_is_not_there_has_none() -> None:
    said = without_log(None, "pryvio_core", "one")
    assert "logs" not in said and "containers start" not in said
    assert said.startswith("pryvio_core does not exist any more; to see what is missing, and how")


def test_why_it_does_not_run_says_doctor_where_it_has_none() -> None:
    gone, made = None, container("core", state="created")
    assert (
        says_why(gone, "core", "one")
        == "pryv-tui doctor (core does not exist any more: it has no log)"
    )
    assert (
        says_why(made, "core", "one") == "pryv-tui doctor (core was never started: it has no log)"
    )
