"""What a refusal has to leave as it was: a platform, its vault and its state folder."""

from __future__ import annotations

import stat
from pathlib import Path
from typing import Any

from pryv_tui.operations.settings.resolve import Settings
from pryv_tui.operations.site import open_site
from pryv_tui.operations.steps.drilling.fingerprint import fingerprint
from pryv_tui.practice.platform import PracticePlatform

LISTED = "drills/records.sha256"
OF_ALL = {"runs", "drills", "drill-words", "drills/.lock", LISTED}
"""What is made with the first drill, and is of each."""


def tree(folder: Path) -> dict[str, tuple[int, bytes]]:
    """Each folder and file with its mode and what is in it."""
    found: dict[str, tuple[int, bytes]] = {}
    for one in sorted(folder.rglob("*")):
        status = one.lstat()
        content = one.read_bytes() if stat.S_ISREG(status.st_mode) else b""
        found[str(one.relative_to(folder))] = (status.st_mode, content)
    return found


class Seen:
    """It, as it is when this is made."""

    def __init__(self, settings: Settings, *more: Path) -> None:
        """
        Args:
            settings: those of the platform; of one that is none, of a state folder and a vault.
            more: folders that have to stay as they are, too.
        """
        self._settings = settings
        self._folders = [Path(settings.vault), *more]
        self._before = self._look()

    def is_what_it_was(self, *, but_for_a_refused_drill: bool = False) -> None:
        """See that it is the same now.

        Args:
            but_for_a_refused_drill: a drill was begun and refused: its run and its record are kept
                like those of the others, and are all that is new in the state folder.
        """
        now = self._look()
        if but_for_a_refused_drill:
            state, before = now["state"], self._before["state"]
            new = {name for name in state if name not in before}
            assert {name for name in new if "-drill-" not in name} <= OF_ALL, new
            changed = {name for name in before if state.get(name) != before[name]}
            assert changed <= {LISTED}, changed
            now["state"] = before
        assert now == self._before

    def forget(self) -> None:
        """Nothing is compared any more."""
        self._before = {}

    def _look(self) -> dict[str, Any]:
        found: dict[str, Any] = {str(one): tree(one) for one in self._folders}
        found["state"] = tree(Path(self._settings.state))
        if self._settings.practice is not None:
            site = open_site(self._settings)
            deployment = site.discover()
            found["print"] = fingerprint(site, deployment, "before")
            found["contents"] = PracticePlatform.open(Path(self._settings.practice)).contents()
        return found
