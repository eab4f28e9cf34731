"""What reads MongoDB in its container is told, and goes on: nobody can tell whose it is."""

from __future__ import annotations

from pathlib import Path

import pytest

from pryv_tui.errors import PryvTuiError
from pryv_tui.hosts.discovery import discover
from pryv_tui.operations.audit.live_stores import READ_ALL
from pryv_tui.operations.settings.resolve import Settings
from pryv_tui.operations.site import Site
from pryv_tui.operations.stores.mongodb import BIN
from pryv_tui.runs.looks import looks_left
from tests.hosts.machines import StillHost, machine
from tests.operations.kit import TellingEngine

LOOK = " ".join(READ_ALL)
DUMP = LOOK.replace("--archive", "-o /app/backup/")


class Busy(TellingEngine):
    """An engine in whose MongoDB these run."""

    def __init__(self, *lines: str, silent: bool = False) -> None:
        super().__init__(machine("core"), lambda _argv: (0, "", ""))
        self.lines = ["mongod", *lines]
        self.silent = silent
        self.ended: list[str] = []

    def processes(self, container: str) -> list[str]:
        if self.silent:
            raise PryvTuiError("step-failed", "ps: not found")
        return self.lines if container == "pryvio_mongodb" else []

    def end_processes(self, container: str, command: str) -> list[str]:
        self.ended.append(command)
        return [command]


def told(folder: Path, engine: Busy) -> list[str]:
    host = StillHost("core", machine("core"))
    host.engine = engine  # type: ignore[assignment]
    settings = Settings(vault=str(folder / "v"), state=str(folder / "s"), practice=str(folder))
    site = Site(settings, (host,))
    return looks_left(site, discover(site.hosts))


@pytest.mark.parametrize(
    "line",
    [
        LOOK,
        f"/usr/bin/python3 {LOOK}",
        f"{BIN}/mongodump -d pryv-node --archive --gzip",
        "mongodump --db billing --archive",
        "mongodump --archive",
    ],
)
def test_whose_it_is_can_not_be_told_so_it_goes_on_and_is_said(tmp_path: Path, line: str) -> None:
    engine = Busy(line)
    (one,) = told(tmp_path, engine)
    assert one.startswith(f"core: {line} runs in pryvio_mongodb and goes on: it may be a look")
    assert "Whether it still runs: pryv-tui doctor." in one
    assert engine.ended == []


def test_what_is_no_look_is_neither_told_nor_ended(tmp_path: Path) -> None:
    by_hand = f'sh -c "{LOOK} | gzip > /app/backup/f"'
    engine = Busy(DUMP, by_hand, f"{LOOK}=/app/backup/x", "mongorestore --archive", "sh")
    assert told(tmp_path, engine) == []
    assert engine.ended == []


def test_two_alike_are_told_once_and_one_that_can_not_be_seen_is_told(tmp_path: Path) -> None:
    assert len(told(tmp_path, Busy(LOOK, LOOK, DUMP))) == 1
    (one,) = told(tmp_path, Busy(LOOK, silent=True))
    assert "still reads MongoDB in pryvio_mongodb is not known: ps: not found" in one
