"""Kill a worker that removes sets, or brings single files back, and see that nothing else is lost.

`python -m tests.kill.campaign --removal [STEP]` kills at every event and at every STEPth file or
folder removed; the tests do the same at fewer places.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

from pryv_tui.operations.sets.retention import KeepRules
from pryv_tui.operations.sets.verify import verify_set
from pryv_tui.operations.settings.resolve import Settings, resolve_settings
from pryv_tui.operations.site import open_site
from pryv_tui.practice.platform import PracticePlatform
from pryv_tui.runs.left import left_behind
from pryv_tui.runs.recovery import start_recovery
from pryv_tui.runs.start import start_run
from tests.faults.bench import performed_here
from tests.helpers import copied
from tests.kill.killing import wait

KEEP = KeepRules(last=1, shrink=0)
Removal = Literal["prune", "files"]


class Removing:
    """A practice platform with three sets that share files; two of them are to go."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.platform = copied.new(folder / "platform", users=3, attachments=6)
        self.settings: Settings = resolve_settings(
            practice=str(folder / "platform"), environment={}
        )
        self.kills = 0
        for number in range(3):
            if number:
                self.platform.grow(users=1, attachments=2)
            self.must_end("backup")
            site = open_site(self.settings)
            assert verify_set(site.vault, site.vault.sets()[-1]).outcome == "good"
        self.vault = Path(self.settings.vault)
        self.sets = [one.id for one in open_site(self.settings).vault.sets()]
        self.lived: dict[str, Any] = self.platform.contents()
        subprocess.run(["cp", "-a", self.vault, folder / "pristine"], check=True)

    def must_end(self, kind: Any, **options: Any) -> None:
        with performed_here():
            record = start_run(self.settings, kind, **options)
        end = wait(record)
        assert end is not None
        assert end.outcome == "complete", end

    def killed(self, kind: Any, at: int, when: str, **options: Any) -> bool:
        """Whether the run came to that place, and died there."""
        worker = (sys.executable, "-m", "tests.kill.worker", str(at), when)
        if wait(start_run(self.settings, kind, worker=worker, **options)) is not None:
            return False
        self.kills += 1
        return True

    def recover(self) -> None:
        site = open_site(self.settings)
        for found in left_behind(site, site.discover()):
            with performed_here():
                record = start_recovery(site, found, None)
            end = wait(record)
            assert end is not None
            assert end.outcome in ("complete", "warnings"), end
        assert not left_behind(site, site.discover())

    def prune(self, at: int, when: str) -> bool:
        """One kill in a prune, what is there after it, and another prune that ends."""
        # The folder stays, and its mark: another one in its place would not be the vault.
        again = ["rsync", "-aH", "--delete", f"{self.folder}/pristine/", f"{self.vault}/"]
        subprocess.run(again, check=True)
        died = self.killed("prune", at, when, keep=KEEP)
        site = open_site(self.settings)
        there = [one.id for one in site.vault.sets()]
        assert there == self.sets[len(self.sets) - len(there) :], (at, when, there)
        assert there, (at, when)
        for one in site.vault.sets():
            assert one.state == "complete", (at, when, one.id)
            assert verify_set(site.vault, one).outcome == "good", (at, when, one.id)
        self.recover()
        if died:
            self.must_end("prune", keep=KEEP)
        assert [one.id for one in open_site(self.settings).vault.sets()] == self.sets[-1:]
        left = [entry.name for entry in self.vault.iterdir() if entry.name[:8].isdigit()]
        assert left == self.sets[-1:], (at, when, left)
        assert PracticePlatform.open(self.platform.folder).contents() == self.lived
        return died

    def files(self, at: int, when: str) -> bool:
        """One kill while files are brought back: all of them are there, or none by that name."""
        target, again = (self.folder / f"{name}-{at}-{when}" for name in ("back", "again"))
        wanted = {"set_id": self.sets[0], "files": ("pryv/core/data",)}
        died = self.killed("files", at, when, to=str(target), **wanted)
        self.whole_or_not_there(target)
        self.recover()
        if died:
            self.must_end("files", to=str(again), **wanted)
            assert self.whole_or_not_there(again)
        assert PracticePlatform.open(self.platform.folder).contents() == self.lived
        site = open_site(self.settings)
        assert verify_set(site.vault, site.vault.sets()[0]).outcome == "good"
        return died

    def whole_or_not_there(self, target: Path) -> bool:
        """Whether the machine's files came; half of them would have another name."""
        (part,) = self.vault.glob(f"{self.sets[0]}/*/files")
        came = target / part.parent.name
        if not came.exists():
            return False
        told = subprocess.run(
            ["rsync", "-aHAXn", "--checksum", "--delete", "--itemize-changes",
             f"{part}/pryv/core/data/", f"{came}/pryv/core/data/"],
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        assert told.stdout == "", told.stdout
        return True

    def everywhere(self, kind: Removal, when: str, step: int) -> int:
        """Kill at place after place until the run ends before it is reached; how often it died."""
        before, at = self.kills, 1
        one = self.prune if kind == "prune" else self.files
        while one(at, when):
            at += step
        return self.kills - before


def removal_campaign(folder: Path, step: int = 1) -> Iterator[tuple[str, int]]:
    """Prune and single files, at events; prune at the removal of files, too."""
    for number, (kind, when, places) in enumerate(PLACES):
        made = Removing(folder / f"{number}")
        each = step if when == "unlink" else 1
        yield f"{kind}: {when} every {each}. {places}", made.everywhere(kind, when, each)


PLACES: tuple[tuple[Removal, str, str], ...] = (
    ("prune", "before", "event"),
    ("prune", "after", "event"),
    ("prune", "unlink", "removed file or folder"),
    ("files", "before", "event"),
    ("files", "after", "event"),
)
