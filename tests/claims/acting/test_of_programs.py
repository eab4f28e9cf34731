"""What is said to do about a program that works in a container, by what it does there, and by
whether the container does."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from pryv_tui.errors import PryvTuiError
from pryv_tui.hosts.discovery import discover
from pryv_tui.hosts.engine import ContainerState
from pryv_tui.operations.audit.live_stores import READ_ALL
from pryv_tui.operations.context import RunContext
from pryv_tui.operations.debts import Owed
from pryv_tui.operations.guards.host import orphan_guard
from pryv_tui.operations.steps.taking.prepare_dump import _refuse_writers, refuse_orphans
from pryv_tui.runs.looks import end_dead_looks
from tests.hosts.machines import StillHost, machine
from tests.operations.kit import DOMAIN, TellingEngine, context

MONGODB = "pryvio_mongodb"
LOOK = " ".join(READ_ALL)
DUMP = LOOK.replace("--archive", "-o /app/backup/")
ELSEWHERE = LOOK.replace("--archive", "-o /tmp/mine")

READS = (
    "It writes into no dump folder, and ends when it has read everything; a backup need not wait"
    " for it."
)
ENDS = "else restart its container, which ends it"
LATER = "If nobody needs it, restart its container, which ends it"
KNOWN = (
    "To see if it is still running: pryv-tui doctor. If you know that nobody needs it, restart"
    " its container, which ends it"
)


class Busy(TellingEngine):
    """An engine in whose MongoDB these run."""

    def __init__(self, state: ContainerState, *lines: str) -> None:
        services = [
            msgspec.structs.replace(one, state=state if one.name == MONGODB else one.state)
            for one in machine("core")
        ]
        super().__init__(services, lambda _argv: (0, "", ""))
        self.lines = [*lines]

    def processes(self, container: str) -> list[str]:
        return ["mongod", *self.lines] if container == MONGODB else []


@pytest.fixture(autouse=True)
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "own"))


def busy(folder: Path, state: ContainerState, *lines: str) -> RunContext:
    host = StillHost("core", machine("core"))
    host.engine = Busy(state, *lines)  # type: ignore[assignment]
    ctx, _heard = context(folder, host, deployment=discover([host], domain=DOMAIN))
    return ctx


def refused(act: object, *given: object) -> str:
    """What somebody is told to do by a refusal; empty where nothing is refused."""
    try:
        act(*given)  # type: ignore[operator]
    except PryvTuiError as error:
        return error.remedy
    return ""


@pytest.mark.parametrize(
    ("state", "lines", "said"),
    [
        ("running", [], ""),
        ("running", [LOOK], READS),
        ("running", [LOOK, LOOK], READS),
        ("running", [DUMP], ENDS),
        ("running", [ELSEWHERE], ENDS),
        # Of two that are not alike the one that writes is waited for.
        ("running", [LOOK, DUMP], ENDS),
        ("exited", [], ""),
        ("paused", [LOOK], READS),
        ("paused", [DUMP], ENDS),
    ],
)
def test_what_only_reads_is_not_waited_for_and_what_writes_ends_with_a_container_that_works(
    tmp_path: Path, state: ContainerState, lines: list[str], said: str
) -> None:
    ctx = busy(tmp_path, state, *lines)
    line = orphan_guard(ctx.site, ctx.deployment.hosts[0])
    first, paused, then = line.remedy.rpartition("Then: ")
    # What is paused neither ends nor is restarted: that is so when it goes on, and said of then.
    assert first.startswith("It is paused. ") is bool(paused) is (state == "paused")
    assert then.startswith(READS) is (said == READS)
    assert (ENDS in then) is (said == ENDS)
    assert ("a program that only reads ends soon" in then) is (said == ENDS)
    # So it is where a dump is about to begin: what only reads is in nobody's way.
    if state == "running":
        refusal = refused(refuse_orphans, ctx, "core", "mongodb", MONGODB)
        assert (ENDS in refusal) is (said == ENDS) and READS not in refusal
        assert bool(refusal) is (line.outcome == "failed")


@pytest.mark.parametrize(
    ("state", "lines", "said"),
    [
        ("running", [DUMP], True),
        ("running", [LOOK, DUMP], True),
        ("running", [LOOK], False),
        ("running", [ELSEWHERE], False),
        ("running", [], False),
        ("exited", [DUMP], False),
    ],
)
def test_only_what_writes_into_the_folder_is_waited_for_before_that_is_given_back(
    tmp_path: Path, state: ContainerState, lines: list[str], said: bool
) -> None:
    ctx = busy(tmp_path, state, *lines)
    owed = Owed(kind="dump", host="core", what="/r/pryv/mongodb/backup", where="/a/RUN/mongodb")
    assert (LATER in refused(_refuse_writers, ctx, owed)) is said


@pytest.mark.parametrize(
    ("state", "lines", "said"),
    [
        ("running", [LOOK], True),
        ("running", [LOOK, DUMP], True),
        ("running", [DUMP], False),
        ("running", [], False),
        ("paused", [LOOK], False),
        ("exited", [LOOK], False),
    ],
)
def test_that_a_program_ends_with_its_container_is_said_of_one_that_reads_and_runs(
    tmp_path: Path, state: ContainerState, lines: list[str], said: bool
) -> None:
    ctx = busy(tmp_path, state, *lines)
    told = end_dead_looks(ctx.site, ctx.deployment).lines
    assert [KNOWN in one for one in told] == [True] * said
