"""A practice platform whose vault is a real restic repository; runs are done in this process."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pryv_tui.operations.plan import PlanKind
from pryv_tui.operations.sets.known_vaults import NAME as KNOWN
from pryv_tui.operations.settings.patience import PRACTICE
from pryv_tui.operations.settings.resolve import resolve_settings
from pryv_tui.operations.site import Site, open_site, repository_of
from pryv_tui.runs.record.events import AnyEvent, Output, RunFinished, StepStarted
from pryv_tui.vault.parallel.engine import USUAL
from pryv_tui.vault.restic.repository import RepositoryVault
from tests.helpers import copied
from tests.journeys.performing import perform
from tests.journeys.program import Ended, pryv_tui
from tests.restic.repositories import PASSWORD

DOMAIN = "practice.pryv.example"


class Offsite:
    """A platform, its vault's location, and what was done with them."""

    def __init__(self, folder: Path, location: str, monkeypatch: pytest.MonkeyPatch) -> None:
        self.platform = copied.new(folder / "p", users=2, attachments=3)
        self.folder = folder
        self.location = location
        self.settings = resolve_settings(
            practice=str(folder / "p"), vault=f"restic:{location}", environment={}
        )
        self.monkeypatch = monkeypatch
        self.copy_engine = USUAL
        self.patience = PRACTICE
        self.count = 0

    @property
    def site(self) -> Site:
        return open_site(self.settings)

    @property
    def vault(self) -> RepositoryVault:
        return repository_of(self.site)

    def here(self) -> list[str]:
        """The sets whose files are on this machine."""
        found = self.vault.folder.iterdir() if self.vault.folder.is_dir() else ()
        # Beside the sets lies the mark of the vault, a file.
        return sorted(e.name for e in found if e.is_dir() and not e.name.startswith("."))

    def restic(self, *words: object) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(
            ["restic", "-r", self.location, *map(str, words)], check=True, capture_output=True
        )

    def forge(self, set_id: str, files: dict[str, bytes]) -> str:
        """Put a snapshot there that says it is a set; its id."""
        folder = self.folder / "forged"
        folder.mkdir()
        for name, content in files.items():
            (folder / name).write_bytes(content)
        words = ("backup", "--json", "--force", "--tag", f"pryv-tui,set:{set_id}", ".")
        before = {snapshot["id"] for snapshot in self.snapshots()}
        subprocess.run(
            ["restic", "-r", self.location, *words], cwd=folder, check=True, capture_output=True
        )
        shutil.rmtree(folder)
        (made,) = {snapshot["id"] for snapshot in self.snapshots()} - before
        return str(made)

    def snapshots(self) -> list[dict[str, Any]]:
        """As restic itself tells them."""
        found: list[dict[str, Any]] = json.loads(self.restic("snapshots", "--json").stdout)
        return found

    def command(self, *words: object) -> Ended:
        """A command of the program, as an operator types it."""
        place = ("--practice", self.folder / "p", "--vault", f"restic:{self.location}")
        return pryv_tui(*words, *place, RESTIC_PASSWORD=PASSWORD)

    def run(
        self, kind: PlanKind, cancel: Callable[[AnyEvent], bool] | None = None, **more: Any
    ) -> RunFinished:
        """Perform a run in this process; cancelled by the signal that `cancel` sends."""
        self.count += 1
        name = f"20260101T{self.count:06}Z-{kind}"
        self.events = perform(
            self.settings,
            name,
            kind,
            self.monkeypatch,
            cancel=cancel,
            copy_engine=self.copy_engine,
            patience=self.patience,
            **more,
        )
        last = self.events[-1]
        assert isinstance(last, RunFinished)
        return last

    def steps(self) -> list[str]:
        """The kinds of the last run's steps."""
        return [
            event.step.partition("-")[2] for event in self.events if isinstance(event, StepStarted)
        ]

    def said(self) -> str:
        """What programs printed in the last run."""
        return "".join(event.text for event in self.events if isinstance(event, Output))

    def backup(self) -> str:
        """Take a set; its id."""
        end = self.run("backup")
        assert end.outcome == "complete", end
        return end.set

    def lose_machine(self) -> None:
        """What is not in the repository is gone: working copies and all that was known of it."""
        shutil.rmtree(self.vault.folder)
        # Its state folder is gone with it; what that knew of the vault would have it missed.
        (self.site.state / KNOWN).unlink(missing_ok=True)


def in_step(kind: str) -> Callable[[AnyEvent], bool]:
    """At the begin of the step of that kind."""
    return lambda event: isinstance(event, StepStarted) and event.step.partition("-")[2] == kind
