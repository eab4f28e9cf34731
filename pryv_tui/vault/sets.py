"""A backup set as found in a vault: its state, its `set.json`, and what it can be used for."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Literal, NamedTuple

import msgspec

from pryv_tui.decoding import read_json
from pryv_tui.errors import PryvTuiError
from pryv_tui.phrases import counted
from pryv_tui.vault.beside.pins import Pin, Pins, current
from pryv_tui.vault.checks import Verification
from pryv_tui.vault.lists.index import any_settled
from pryv_tui.vault.manifest import SetManifest
from pryv_tui.vault.set_files import FILES_NAME, INDEX_NAME, SUMS_NAME, UNFINISHED

SetState = Literal["complete", "partial", "damaged", "closed"]
"""`closed`: this user may not read the set's `set.json`, so nothing is known about the set."""


Use = Literal["restore", "read", "files", "audit", "send", "fetch"]
"""What a set is needed for. A damaged set can still be shown (`read`: what a restore would do), and
single files of it can be restored (`files`): each is compared with its hash."""


class WhyNot(NamedTuple):
    """Why a set can't be used for something, and what to do instead."""

    what: str
    remedy: str


class Unfinished(msgspec.Struct, frozen=True, kw_only=True):
    """The content of `unfinished.json`, for the next backup if this one does not finish."""

    practice: bool
    domain: str
    roots: dict[str, str]
    """Root folders by machine; `unfinished` returns only machines that have files."""


class BackupSet(msgspec.Struct, frozen=True, kw_only=True):
    """One set of a vault, complete or not."""

    id: str
    path: str
    state: SetState
    manifest: SetManifest | None = None
    verification: Verification | None = None
    """The last check of all files, or a later check that found damage."""
    checks: tuple[Verification, ...] = ()
    """All known checks, oldest first."""
    pins: Pins = Pins()
    """The set's pins and unpins."""
    problem: str = ""
    unread: tuple[str, ...] = ()
    """Files about the set that can't be read, each with the reason. The set itself is not
    affected."""
    unfinished: Unfinished | None = None
    """For a partial set: the platform and roots to which it belongs, if known."""
    repository: str = ""
    """The restic repository that is the set's vault, as text for people; empty if the vault is a
    folder."""
    snapshot: str = ""
    """Id of the set's snapshot in the repository; empty if it was not sent yet."""
    twins: tuple[str, ...] = ()
    """Ids of other snapshots of this very set."""
    here: bool = True
    """Whether the set's files are in `path`; otherwise only the repository has them."""
    working: Verification | None = None
    """For a set in a repository: the last check of all files of its working copy."""

    @property
    def own_check(self) -> Verification | None:
        """The last check of all files in `path`."""
        return self.working if self.snapshot else self.verification

    @property
    def pin(self) -> Pin | None:
        """The pin that protects the set from every removal rule; None if there is none."""
        return current(self.pins)

    @property
    def folder(self) -> Path:
        return Path(self.path)

    @property
    def usable(self) -> bool:
        """Whether the set is complete, as far as known. Only a complete set is restored, compared
        with and counted as a backup."""
        return self.manifest is not None and self.state == "complete"

    def why_not(self, use: Use) -> WhyNot | None:
        """Return why the set can't be used for this; None if the set allows it."""
        lenient = use in ("read", "files") and self.manifest is not None
        if not self.usable and (not lenient or self.state == "partial"):
            remedy = "Choose a complete set: pryv-tui list"
            if self.state == "damaged" and self.manifest is not None:
                remedy = (
                    f"{remedy}; or, if this set was repaired, check it again: pryv-tui verify"
                    f" {self.id}"
                )
            return WhyNot(f"{self.id} is {self.state}: {self.problem}", remedy)
        if use in ("files", "audit") and not self.here:
            return WhyNot(
                f"the files of {self.id} are in {self.repository} alone, not on this machine",
                f"Fetch them: pryv-tui fetch {self.id}",
            )
        if use == "send" and self.snapshot:
            return WhyNot(
                f"{self.id} is already in {self.repository}",
                "To see where each set is: pryv-tui list",
            )
        if use == "fetch" and self.here:
            return WhyNot(
                f"{self.id} is already here: {self.path}", "To see where each set is: pryv-tui list"
            )
        return None

    def need(self, use: Use) -> SetManifest:
        """Require that the set can be used for this, and return its manifest.

        Raises:
            PryvTuiError: `refused`: see `why_not`.
        """
        why = self.why_not(use)
        if why is not None:
            raise PryvTuiError("refused", why.what, why.remedy)
        assert self.manifest is not None
        return self.manifest

    def host_folder(self, host: str) -> Path:
        return self.folder / host


def unfinished(folder: Path) -> Unfinished:
    """Read `unfinished.json`. The result names only those machines that have files in the set.

    Raises:
        OSError, Undecodable: the file can't be read.
    """
    about = read_json(folder / UNFINISHED, Unfinished)
    roots = {host: root for host, root in about.roots.items() if begun(folder / host)}
    return msgspec.structs.replace(about, roots=roots)


def begun(part: Path, settled: Callable[[Path], bool] = any_settled) -> bool:
    """Whether a machine's part of a set in the making has lists, and files to link to.

    Args:
        settled: tells whether an index has files to link to; it may raise if the index can't be
            read.
    """
    there = all((part / name).is_file() for name in (INDEX_NAME, SUMS_NAME))
    return there and (part / FILES_NAME).is_dir() and settled(part / INDEX_NAME)


def namesakes(sets: Sequence[BackupSet], folder: Path) -> PryvTuiError:
    """Return the error for a name that several sets have, with the way to each of them."""
    first = sets[0]
    there = [backup for backup in sets if backup.snapshot]
    if len(there) > 1:
        return PryvTuiError(
            "set-unknown",
            f"{counted(len(there), 'set')} in {first.repository} have the name {first.id}",
            "Fetch the one that you mean by hand, with restic restore and its snapshot: "
            + ", ".join(backup.snapshot[:8] for backup in there),
        )
    return PryvTuiError(
        "set-unknown",
        f"two sets have the name {first.id}: one in {first.repository}, and another one on this"
        " machine alone",
        f"To use the set on this machine: --vault {shlex.quote(str(folder))}. To use the set in the"
        " repository: set PRYV_TUI_WORK to another folder.",
    )
