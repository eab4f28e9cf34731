"""The temporary practice platform on which a scenario is played; it is inside the drill's
folder."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

import msgspec

from pryv_tui.clock import timestamp
from pryv_tui.decoding import decode_json
from pryv_tui.drills.files import PLAYED
from pryv_tui.drills.scenarios.model import Scenario
from pryv_tui.errors import PryvTuiError
from pryv_tui.filesystem.durable import write_durably
from pryv_tui.operations.drilling.facts import Disposal
from pryv_tui.operations.settings.resolve import Settings, resolve_settings
from pryv_tui.operations.site import Site, open_site
from pryv_tui.ownership import make_private
from pryv_tui.practice.platform import PracticePlatform
from pryv_tui.reading import LINE, read_whole
from pryv_tui.runs.record.history import RunRecord, all_runs
from pryv_tui.runs.record.journal import NAME as JOURNAL
from pryv_tui.runs.record.request import NAME as REQUEST
from pryv_tui.runs.start import cancel_run

_PLATFORM = "platform"
_REMEMBERED = "remembered"
BORN = "born"
"""The name under which the platform's content is saved when the platform is made."""


class Ground:
    """The practice platform of one drill, and the saved states of its content."""

    def __init__(self, folder: Path) -> None:
        """
        Args:
            folder: the drill's own folder.
        """
        self.folder = folder
        self.place = folder / _PLATFORM

    @property
    def settings(self) -> Settings:
        """The settings of the practice platform, which has its own vault and state folder."""
        return resolve_settings(practice=str(self.place), environment={})

    @property
    def site(self) -> Site:
        return open_site(self.settings)

    @property
    def platform(self) -> PracticePlatform:
        return PracticePlatform.open(self.place)

    def make(self, scenario: Scenario, seed: int) -> None:
        """Make the platform, unless it exists already. A half-made platform is removed first.

        Raises:
            PryvTuiError, OSError: the platform could not be made.
        """
        if self.made():
            return
        self.clear()
        wanted = scenario.platform
        PracticePlatform.create(
            self.place,
            form=wanted.form,
            users=wanted.users,
            attachments=wanted.attachments,
            seed=seed,
            pace=wanted.pace,
        )
        self.remember(BORN)

    def made(self) -> bool:
        try:
            self.recalled(BORN)
        except PryvTuiError:
            return False
        return True

    def remember(self, name: str) -> None:
        """Save the platform's present content under a name."""
        place = self.folder / _REMEMBERED
        place.mkdir(mode=0o700, exist_ok=True)
        write_durably(place / f"{name}.json", msgspec.json.encode(self.platform.contents()))

    def recalled(self, name: str) -> dict[str, Any]:
        """Return the platform's content that was saved under a name.

        Raises:
            PryvTuiError: `practice`, nothing was saved, or it can't be read.
        """
        try:
            place = self.folder / _REMEMBERED / f"{name}.json"
            content = read_whole(place, limit=LINE)
            found: dict[str, Any] = decode_json(content, dict[str, Any])
        except (OSError, msgspec.MsgspecError) as error:
            raise PryvTuiError(
                "practice", f"the platform's content, saved as {name!r}, can't be read: {error}"
            ) from error
        return found

    def brief(self, text: str) -> str:
        """Shorten the path of the platform's own folder in a line to `…`."""
        return text.replace(f"{self.place}{os.sep}hosts{os.sep}", f"…{os.sep}")

    def runs(self) -> list[RunRecord]:
        """Return the runs of the practice platform, oldest first."""
        return all_runs(Path(self.settings.state))

    def going(self) -> list[RunRecord]:
        return [one for one in self.runs() if one.state in ("running", "starting")]

    def end_runs(self) -> None:
        """Cancel the runs that are still running, before their platform is removed.

        Raises:
            PryvTuiError: a run does not end.
        """
        for one in self.going():
            cancel_run(Path(self.settings.state), one.id)

    def keep_runs(self) -> None:
        """Copy the requests and journals of the platform's runs into the drill's folder, before the
        platform is removed.

        Raises:
            OSError: a copy can't be written.
        """
        for run in self.runs():
            place = self.folder / PLAYED / run.id
            make_private(place)
            for name in (REQUEST, JOURNAL):
                source = Path(run.folder) / name
                if source.is_file():
                    shutil.copyfile(source, place / name)
                    (place / name).chmod(0o600)

    def clear(self) -> list[Disposal]:
        """Remove the platform with its sets and state. Return what was removed, with the proof.

        Raises:
            OSError: a folder could not be removed.
        """
        gone = []
        for place in sorted(self.folder.glob(f"{_PLATFORM}*")):
            shutil.rmtree(place)
            if place.exists():
                continue
            what = f"{place.name} of the practice platform"
            gone.append(Disposal(what=what, when=timestamp(), proof="its folder is not there"))
        shutil.rmtree(self.folder / _REMEMBERED, ignore_errors=True)
        return gone
