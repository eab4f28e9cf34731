"""What a run left that is no root (a container, a hold, a dump folder, restart policies), and what
is advised about it when that was done and failed for the same reason."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any
from unittest.mock import patch

import msgspec
import pytest

from pryv_tui.errors import PryvTuiError
from pryv_tui.operations.debts import Owed
from pryv_tui.operations.kind import kind_of
from pryv_tui.operations.site import open_site
from pryv_tui.practice.machines.engine import PracticeEngine
from pryv_tui.runs.record.events import RunStarted
from pryv_tui.runs.record.history import WORKER, mark_of
from pryv_tui.runs.record.journal import JournalWriter
from pryv_tui.runs.record.request import NAME as REQUEST
from pryv_tui.runs.recovery import first_look
from tests.remedies.shell import Shell

RUN = "20260101T000000Z-dead"


def died(shell: Shell, *owed: Owed) -> None:
    """A backup whose process is gone, with what it had written down that it owes."""
    folder = Path(shell.settings.state) / "runs" / RUN
    folder.mkdir(parents=True)
    asked = kind_of("backup")(run=RUN, settings=shell.settings, asked="2026-01-01T00:00:00Z")
    (folder / REQUEST).write_bytes(msgspec.json.encode(asked))
    mark = mark_of(os.getpid())
    assert mark is not None
    gone = msgspec.structs.replace(mark, boot="an earlier boot")
    (folder / WORKER).write_bytes(msgspec.json.encode(gone))
    journal = JournalWriter(folder, RUN)
    journal.write(RunStarted(kind="backup", roles=[], plan=[], pid=1))
    for one in owed:
        journal.owe(one)


def refused(*_words: Any, **_more: Any) -> None:
    raise PryvTuiError("step-failed", "the engine refused: device or resource busy")


Fails = Callable[[Shell], AbstractContextManager[Any]]


def _start(shell: Shell) -> Owed:
    (host,) = open_site(shell.settings).hosts
    host.engine.stop("pryvio_core")
    return Owed(kind="start", host="single", what="pryvio_core")


def _unpause(shell: Shell) -> Owed:
    (host,) = open_site(shell.settings).hosts
    host.engine.pause("pryvio_register")
    return Owed(kind="unpause", host="single", what="pryvio_register")


def _policy(shell: Shell) -> Owed:
    (host,) = open_site(shell.settings).hosts
    host.engine.set_restart_policy("pryvio_core", "no")
    return Owed(kind="restart-policy", host="single", what="pryvio_core", where="always")


def _dump(shell: Shell) -> Owed:
    root = shell.platform.folder / "hosts/single/root"
    aside = root / ".pryv-tui/dumps" / RUN / "mongodb"
    aside.mkdir(parents=True)
    (aside / "by-hand.bson").write_bytes(b"an operator's own dump")
    return Owed(
        kind="dump", host="single", what=str(root / "pryv/mongodb/backup"), where=str(aside)
    )


def _engine(method: str) -> Fails:
    return lambda _shell: patch.object(PracticeEngine, method, refused)


def _folder(_shell: Shell) -> AbstractContextManager[Any]:
    def held(*_words: Any) -> None:
        raise OSError(16, "Device or resource busy", "pryv/mongodb/backup")

    return patch("pryv_tui.operations.steps.taking.prepare_dump.give_back", held)


DEBTS: dict[str, tuple[Callable[[Shell], Owed], Fails]] = {
    "a hold that is not lifted": (_unpause, _engine("unpause")),
    "restart policies that are taken": (_policy, _engine("set_restart_policy")),
    "a dump folder": (_dump, _folder),
}


@pytest.mark.parametrize("debt", DEBTS)
def test_what_is_advised_changes_when_it_failed_twice(tmp_path: Path, debt: str) -> None:
    owe, fails = DEBTS[debt]
    shell = Shell.on_new(tmp_path / "p")
    died(shell, owe(shell))
    (left,) = first_look(open_site(shell.settings)).left
    assert left.advice.advised == "roll-back" and not left.advice.repeats
    with fails(shell):
        for many in (1, 2):
            done = shell.type("recover", "--roll-back")
            assert done.exit == 1, (many, done)
            (left,) = first_look(open_site(shell.settings)).left
            assert "resource busy" in left.advice.why, left.advice
            assert left.run == RUN, "told once, of the run that had left it"
            assert "is put back." not in done.out + done.err
            changed = left.advice.repeats or not left.advice.advised
            assert changed == (many > 1), (many, left.advice)
            told = shell.type("status").out
            assert ("2 times for the same reason" in " ".join(told.split())) == (many > 1), told
        assert shell.type("recover").exit == 4, "nobody begins it unasked once more"
    # When the reason is gone it can be asked for by name.
    done = shell.type("recover", "--roll-back")
    assert done.exit in (0, 3), done
    assert not first_look(open_site(shell.settings)).left


def test_a_container_that_can_not_be_started_is_told_as_down_and_then_as_any_other(
    tmp_path: Path,
) -> None:
    """It is no debt any more when it was tried: what is advised of it is that of a container."""
    shell = Shell.on_new(tmp_path / "p")
    died(shell, _start(shell))
    shell.platform.faults.set("container-will-not-start:core")
    done = shell.type("recover", "--roll-back")
    assert done.exit == 3, done
    assert "What the dead run had left is put back" not in done.out + done.err
    told = " ".join(done.out.split())
    assert (
        "Not everything that the dead run had left is put back. Not put back: pryvio_core on single"
        in told
    )
    assert "they run since" not in told
    for many in (1, 2):
        assert shell.type("containers", "start", "pryvio_core").exit == 1
        status = " ".join(shell.type("status").out.split())
        assert ("ended for this reason 2 times in a row" in status) == (many > 1), status
