"""A backup set as it is found: its state, what it says of itself, and what it can be used for."""

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
"""`closed`: this user may not read what it says of itself, and nobody knows here what it is."""


Use = Literal["restore", "read", "files", "audit", "send", "fetch"]
"""What somebody may want of a set. Of a damaged one too it is shown what a restore would do
(`read`), and single files are brought back: each is compared with its hash."""


class WhyNot(NamedTuple):
    """Why a set can't be used for something, and what to do then."""

    what: str
    remedy: str


class Unfinished(msgspec.Struct, frozen=True, kw_only=True):
    """What a set in the making says of itself, for the backup after it if it does not finish."""

    practice: bool
    domain: str
    roots: dict[str, str]
    """By host; see `unfinished` for what is read."""


class BackupSet(msgspec.Struct, frozen=True, kw_only=True):
    """One set of the vault, complete or not."""

    id: str
    path: str
    state: SetState
    manifest: SetManifest | None = None
    verification: Verification | None = None
    """The last check in full, or one since that found damage."""
    checks: tuple[Verification, ...] = ()
    """Every check that is known, oldest first."""
    pins: Pins = Pins()
    """Who has pinned it and let it go."""
    problem: str = ""
    unread: tuple[str, ...] = ()
    """What beside it can't be read, and why: the set itself is none the worse for it."""
    unfinished: Unfinished | None = None
    """Of a partial one, where that is known."""
    repository: str = ""
    """The restic repository that is the vault, for people; empty where the vault is a folder."""
    snapshot: str = ""
    """Its snapshot there; empty where it was not sent yet."""
    twins: tuple[str, ...] = ()
    """Other snapshots of the very same set."""
    here: bool = True
    """Whether its files lie in `path`; otherwise in the repository alone."""
    working: Verification | None = None
    """Of one in a repository: the last check in full of its working copy."""

    @property
    def own_check(self) -> Verification | None:
        """The last check in full of the files in `path`."""
        return self.working if self.snapshot else self.verification

    @property
    def pin(self) -> Pin | None:
        """The pin that keeps it from every rule, where it has one."""
        return current(self.pins)

    @property
    def folder(self) -> Path:
        return Path(self.path)

    @property
    def usable(self) -> bool:
        """Whether it is a whole set, as far as is known: what is restored from, compared with and
        counted as a backup."""
        return self.manifest is not None and self.state == "complete"

    def why_not(self, use: Use) -> WhyNot | None:
        """Why a set can't be used for this; None where it can, as far as the set goes."""
        lenient = use in ("read", "files") and self.manifest is not None
        if not self.usable and (not lenient or self.state == "partial"):
            remedy = "Choose a complete set: pryv-tui list"
            if self.state == "damaged" and self.manifest is not None:
                remedy = (
                    f"{remedy}; or, if what was wrong with this one is mended, check it again:"
                    f" pryv-tui verify {self.id}"
                )
            return WhyNot(f"{self.id} is {self.state}: {self.problem}", remedy)
        if use in ("files", "audit") and not self.here:
            return WhyNot(
                f"the files of {self.id} are in {self.repository} alone",
                f"Fetch them: pryv-tui fetch {self.id}",
            )
        if use == "send" and self.snapshot:
            return WhyNot(
                f"{self.id} is in {self.repository} already", "What is where: pryv-tui list"
            )
        if use == "fetch" and self.here:
            return WhyNot(f"{self.id} is here already: {self.path}", "What is where: pryv-tui list")
        return None

    def need(self, use: Use) -> SetManifest:
        """See that a set can be used for this; what it says of itself.

        Raises:
            PryvTuiError: `refused`, see `why_not`.
        """
        why = self.why_not(use)
        if why is not None:
            raise PryvTuiError("refused", why.what, why.remedy)
        assert self.manifest is not None
        return self.manifest

    def host_folder(self, host: str) -> Path:
        return self.folder / host


def unfinished(folder: Path) -> Unfinished:
    """What it says of itself, with the machines only of whose files it has any.

    Raises:
        OSError, Undecodable: it says nothing that can be read.
    """
    about = read_json(folder / UNFINISHED, Unfinished)
    roots = {host: root for host, root in about.roots.items() if begun(folder / host)}
    return msgspec.structs.replace(about, roots=roots)


def begun(part: Path, settled: Callable[[Path], bool] = any_settled) -> bool:
    """Whether a machine's part of a set in the making has any file that a later backup can link to,
    and lists of them.

    Args:
        settled: tells it of an index; it may raise where that can't be read.
    """
    there = all((part / name).is_file() for name in (INDEX_NAME, SUMS_NAME))
    return there and (part / FILES_NAME).is_dir() and settled(part / INDEX_NAME)


def namesakes(sets: Sequence[BackupSet], folder: Path) -> PryvTuiError:
    """What is said of a name that several sets have, with the way to each of them."""
    first = sets[0]
    there = [backup for backup in sets if backup.snapshot]
    if len(there) > 1:
        return PryvTuiError(
            "set-unknown",
            f"{counted(len(there), 'set')} in {first.repository} are called {first.id}",
            "Fetch the one that you mean by hand, with restic restore and its snapshot: "
            + ", ".join(backup.snapshot[:8] for backup in there),
        )
    return PryvTuiError(
        "set-unknown",
        f"two sets are called {first.id}: one in {first.repository}, and another one on this"
        " machine alone",
        f"The one here: with --vault {shlex.quote(str(folder))}. The other one: with another"
        " folder in PRYV_TUI_WORK.",
    )
