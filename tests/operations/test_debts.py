"""A debt from a journal that was changed moves nothing."""

from __future__ import annotations

import os
from pathlib import Path

import msgspec
import pytest

from pryv_tui.operations.debts import Owed, credible
from pryv_tui.operations.plan import PlanKind
from pryv_tui.runs.record.events import OwedNoted, RunStarted
from pryv_tui.runs.record.journal import JournalWriter
from tests.journeys.program import Practice

OURS = [
    ("aside", "/var/pryv", "/var/pryv/.pryv-tui/aside/20260101T000000Z-restore-ab12"),
    ("return", "/var/pryv", "/var/pryv/.pryv-tui/aside/RUN"),
    ("return", "/var/pryv", "/var/pryv/.pryv-tui/undone/RUN"),
    ("release", "/var/pryv", "/var/pryv/.pryv-tui/undone/RUN"),
    ("dump", "/var/pryv/pryv/mongodb/backup", "/var/pryv/.pryv-tui/dumps/RUN/mongodb"),
    ("dump", "/v/pryv/mongodb/backup", "/v/pryv/mongodb/.pryv-tui/dumps/RUN/mongodb"),
    ("start", "pryvio_core", ""),
    ("unpause", "pryvio_register", ""),
    ("restart-policy", "pryvio_core", "always"),
]
FORGED = [
    ("aside", "/etc", "/home/mallory/.pryv-tui/aside/RUN"),
    ("aside", "/var/pryv", "/etc"),
    ("aside", "/var/pryv", "/var/pryv/.pryv-tui/aside/../../../../etc"),
    ("aside", "/var/pryv", "/var/pryv/.pryv-tui/aside"),
    ("aside", "/var/pryv", "/var/pryv/.pryv-tui/aside/RUN/pryv"),
    ("aside", "/var/pryv", "/var/pryv/.pryv-tui/files/RUN"),
    ("aside", "/var/pryv/..", "/var/pryv/../.pryv-tui/aside/RUN"),
    ("aside", "//var/pryv", "//var/pryv/.pryv-tui/aside/RUN"),
    ("aside", "/var/./pryv", "/var/pryv/.pryv-tui/aside/RUN"),
    ("aside", "var/pryv", "var/pryv/.pryv-tui/aside/RUN"),
    ("aside", "", ".pryv-tui/aside/RUN"),
    ("aside", "/var/pryv", ""),
    ("return", "/etc", "/var/pryv/.pryv-tui/aside/RUN"),
    ("release", "/var/pryv", "/var/pryv/pryv"),
    ("release", "/var/pryv", "/etc"),
    ("dump", "/etc", "/var/pryv/.pryv-tui/dumps/RUN/mongodb"),
    ("dump", "/var/pryv/pryv/mongodb/backup", "/etc/ssh"),
    ("dump", "/var/pryv/pryv/mongodb/backup", "/var/pryv/.pryv-tui/aside/RUN/mongodb"),
    ("dump", "/var/pryv", "/var/pryv/.pryv-tui/dumps/RUN/mongodb"),
    ("dump", "/var/pryv/pryv/mongodb/backup", "/dumps/RUN/mongodb"),
]


def owed(kind: str, what: str, where: str) -> Owed:
    return Owed(kind=kind, host="single-node", what=what, where=where)  # type: ignore[arg-type]


@pytest.mark.parametrize("words", OURS)
def test_what_this_program_writes_is_believed(words: tuple[str, str, str]) -> None:
    assert credible(owed(*words))


@pytest.mark.parametrize("words", FORGED)
def test_what_it_never_writes_is_not(words: tuple[str, str, str]) -> None:
    assert not credible(owed(*words))


@pytest.mark.parametrize("kind", ["aside", "return", "dump", "release"])
@pytest.mark.parametrize("choice", ["--finish", "--roll-back"])
def test_recover_moves_nothing_of_others(tmp_path: Path, kind: str, choice: str) -> None:
    """Journals of runs that died, as somebody who could write the state folder would have them."""
    practice = Practice.with_set(tmp_path / "p", users=1, attachments=1)
    victim, place = tmp_path / "victim", tmp_path / "place"
    for folder in (victim, place / ".pryv-tui/aside/X"):
        folder.mkdir(parents=True)
        (folder / "content").write_text("of somebody")
    (run,) = (tmp_path / "p-state/runs").iterdir()
    forged = run.with_name("20260101T000000Z-restore-beef")
    forged.mkdir()
    asked = msgspec.json.decode((run / "request.json").read_bytes())
    asked.update(run=forged.name, kind="restore")
    (forged / "request.json").write_bytes(msgspec.json.encode(asked))
    (forged / "worker.json").write_text('{"pid":1,"start_ticks":1,"boot":"x"}')
    journal = JournalWriter(forged, forged.name)
    began: PlanKind = "restore"
    journal.write(RunStarted(kind=began, roles=["core"], plan=[], pid=1))
    for what, where in ((victim, place / ".pryv-tui/aside/X"), (place, victim)):
        journal.write(OwedNoted(owed=owed(kind, str(what), str(where))))
    journal.close()

    def all_names() -> list[str]:
        return sorted(str(path) for folder in (victim, place) for path in folder.rglob("*"))

    before = all_names()
    done = practice.run("recover", choice)
    assert all_names() == before, done.out
    told = practice.run("status")
    assert "entries in it can't be from this program" in " ".join(told.out.split())
    assert os.path.lexists(victim)
