"""The vault: list, name, begin and complete backup sets.

A set in the making is called `<id>.partial`. One rename makes it a set, after everything in it is
on the disk. So an unfinished set can't be mistaken for a complete one.
"""

from __future__ import annotations

import contextlib
import shlex
from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from pathlib import Path

import msgspec

from pryv_tui.clock import stamp, utc_now
from pryv_tui.decoding import Undecodable, why
from pryv_tui.errors import PryvTuiError, ambiguous
from pryv_tui.filesystem.answering import AWAY, away, see_that_it_answers
from pryv_tui.filesystem.durable import sync_folder, write_durably
from pryv_tui.filesystem.paths import its_disk, unreadable
from pryv_tui.ownership import make_private
from pryv_tui.phrases import counted
from pryv_tui.reading import GONE, RIGHTS, SMALL, read_whole
from pryv_tui.sanitize import one_line
from pryv_tui.vault.beside.pins import Pin, add_pin, read_pins, refuse_pinned
from pryv_tui.vault.checks import Verification, keep_check, read_checks
from pryv_tui.vault.in_use import alone, unread
from pryv_tui.vault.manifest import SetManifest, decode, encode
from pryv_tui.vault.seal import read_back, seal
from pryv_tui.vault.set_files import GUIDE, SET_JSON, UNFINISHED
from pryv_tui.vault.set_names import (
    ID,
    PARTIAL,
    REMOVING,
    a_second_later,
    is_set_id,
    label_slug,
)
from pryv_tui.vault.sets import BackupSet, Unfinished, namesakes
from pryv_tui.vault.sets import unfinished as unfinished_of


class Vault:
    """The folder that contains the backup sets."""

    repository: str = ""
    """The restic repository that the sets go to, as text for people; empty for a plain folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @property
    def name(self) -> str:
        """The place of the sets, as text for people."""
        return self.repository or str(self.folder)

    def sets(self) -> list[BackupSet]:
        """Return all sets and partial ones, sorted by name; none if the vault does not exist.

        Raises:
            PryvTuiError: `unreadable`: the folder can't be read, or does not answer.
        """
        see_that_it_answers(self.folder)
        try:
            names = sorted(entry.name for entry in self.folder.iterdir())
        except FileNotFoundError:
            return []
        except NotADirectoryError as error:
            raise PryvTuiError(
                "unreadable",
                f"the vault {self.folder} is not a folder",
                "Name a folder with --vault.",
            ) from error
        except OSError as error:
            raise unreadable(
                f"the vault {self.folder} can't be read: {error.strerror}", error
            ) from error
        found = []
        for name in names:
            bare = name.removesuffix(PARTIAL)
            if name.endswith(REMOVING):
                continue
            if ID.fullmatch(bare) and (self.folder / name).is_dir():
                found.append(self._read(name))
        return found

    def _read(self, name: str) -> BackupSet:
        folder = self.folder / name
        bare = name.removesuffix(PARTIAL)
        if name != bare:
            unfinished, unread = None, ""
            try:
                unfinished = unfinished_of(folder)
            except FileNotFoundError:
                pass  # made by an older version, or stopped right before the end
            except (OSError, Undecodable) as error:
                unread = one_line(f"{UNFINISHED} can't be read: {why(error)}")
            return BackupSet(
                id=bare,
                path=str(folder),
                state="partial",
                problem="the backup did not finish",
                unfinished=unfinished,
                unread=(unread,) if unread else (),
            )
        return self.described(bare, folder)

    def described(self, set_id: str, words: Path) -> BackupSet:
        """Return a set as described in a folder: by `set.json` and the records of its checks and
        pins."""
        found = self._described(set_id, words)
        if found.state == "closed":
            return found
        pins = read_pins(words)
        unread = (*found.unread, *filter(None, [pins.unread]))
        return msgspec.structs.replace(found, pins=pins, unread=unread)

    def _described(self, set_id: str, words: Path) -> BackupSet:
        path = str(self.folder / set_id)
        try:
            manifest = decode(read_whole(words / SET_JSON, follow=False))
        except (OSError, ValueError) as error:
            if isinstance(error, OSError) and error.errno in GONE:
                raise away(self.folder, error) from error
            if isinstance(error, OSError) and error.errno in RIGHTS:
                why_not = f"this user may not read its {SET_JSON} ({error.strerror}); root may"
                return BackupSet(id=set_id, path=path, state="closed", problem=why_not)
            told = one_line(f"its {SET_JSON} can't be used: {why(error)}")
            return BackupSet(id=set_id, path=path, state="damaged", problem=told)
        if manifest.id != set_id:
            return BackupSet(
                id=set_id,
                path=path,
                state="damaged",
                problem=f"its {SET_JSON} says that it is {manifest.id}",
            )
        known = read_checks(words)
        verification = known.last
        bad = verification is not None and verification.outcome == "bad"
        return BackupSet(
            id=set_id,
            path=path,
            state="damaged" if bad else "complete",
            manifest=manifest,
            verification=verification,
            checks=known.all,
            unread=known.unread,
            problem="; ".join(verification.problems[:3]) if bad and verification else "",
        )

    def latest(self) -> BackupSet | None:
        """Return the newest complete set; None if there is none."""
        return next((backup for backup in reversed(self.sets()) if backup.usable), None)

    def resolve(self, name: str) -> BackupSet:
        """Find the set with this id, an unambiguous prefix of it, or `latest`.

        Raises:
            PryvTuiError: `set-unknown`: the name is empty, unknown or ambiguous, or belongs to a
                set here and to another one in the repository.
        """
        if not name.strip():
            raise PryvTuiError("set-unknown", "the name of the backup set is empty")
        known = self.sets()
        if name == "latest":
            newest = next((s for s in reversed(known) if s.usable), None)
            if newest is None:
                raise PryvTuiError(
                    "set-unknown", f"the vault {self.folder} holds no complete backup set"
                )
            return newest
        exact = [s for s in known if s.id == name]
        matches = exact or [s for s in known if s.id.startswith(name)]
        # If a complete and a partial set have the same name, it means the complete one.
        if len({s.id for s in matches}) == 1:
            matches.sort(key=lambda s: s.state == "partial")
            if sum(s.state != "partial" for s in matches) > 1:
                raise namesakes(matches, self.folder)
            return matches[0]
        if not matches:
            raise PryvTuiError(
                "set-unknown", f"the vault {self.folder} holds no backup set {name!r}"
            )
        raise ambiguous("set-unknown", name, (s.id for s in matches))

    def new_id(self, label: str = "", now: datetime | None = None) -> str:
        """Return a new id in this vault: UTC time to the second, and the label.

        Ids sort by time. It may happen that the clock was set back, or that the newest set is of
        this second and its label sorts later. Then the id's time is one second after that set's
        time, so that `latest` means the set made last; `created` keeps the clock's time.
        """
        moment = now or utc_now()
        slug = label_slug(label)
        taken = self.names()
        newest = max((name for name in taken if ID.fullmatch(name)), default="")
        candidate = _free(stamp(moment), slug, taken)
        if newest > candidate and (later := a_second_later(newest[:16])):
            candidate = _free(later, slug, taken)
        return candidate

    def names(self) -> set[str]:
        """Return the names that a new set can't have."""
        return {
            entry.name.removesuffix(PARTIAL).removesuffix(REMOVING) for entry in self._entries()
        }

    def guide(self, backup: BackupSet) -> str:
        """Return the set's own instructions for a restore by hand.

        Raises:
            PryvTuiError: `unreadable`.
        """
        path = backup.folder / GUIDE
        try:
            return read_whole(path, follow=False).decode("utf-8", "backslashreplace")
        except OSError as error:
            raise unreadable(f"{path} can't be read: {error.strerror}", error) from error

    def _entries(self) -> list[Path]:
        try:
            return list(self.folder.iterdir())
        except OSError:
            return []

    def begin(self, set_id: str, about: Unfinished | None = None) -> Path:
        """Create the folder of a set in the making, with mode 0700, and return it.

        Args:
            set_id: the id of the set.
            about: the platform and roots to which the set belongs, written to `unfinished.json`.

        Raises:
            PryvTuiError: `disk-full` or `unreadable`, with the vault and the reason.
        """
        partial = self.folder / (set_id + PARTIAL)
        with at_vault(self.folder):
            make_private(self.folder)
            partial.mkdir(mode=0o700)
            if about is not None:
                write_durably(partial / UNFINISHED, msgspec.json.encode(about))
        return partial

    def complete(self, partial: Path, manifest: SetManifest, guide: str) -> Path:
        """Write `set.json` and the guide, sync everything to the disk, and make the folder a set.

        The rename comes last: before it, the folder is not listed as a set. Right before it
        `set.json` is read back, so that no complete set is unreadable.

        Raises:
            PryvTuiError: `check-failed`: `set.json` does not read as it was written, or the id is
                taken; `disk-full` or `unreadable`, with the vault and the reason.
        """
        final = self.folder / manifest.id
        words = {SET_JSON: encode(manifest), GUIDE: guide.encode()}
        for name, content in words.items():
            if len(content) > SMALL:
                raise PryvTuiError(
                    "check-failed",
                    f"{partial / name} would have {counted(len(content), 'byte')}, and {SMALL}"
                    " are read of it;"
                    f" {partial} is kept",
                )
        with at_vault(self.folder):
            (partial / UNFINISHED).unlink(missing_ok=True)
            for name in (GUIDE, SET_JSON):
                write_durably(partial / name, words[name])
            seal(partial)
            sync_folder(partial)
            read_back(partial, manifest)
            if final.exists():
                raise PryvTuiError("check-failed", f"{final} exists already; {partial} is kept")
            partial.rename(final)
            sync_folder(self.folder)
        return final

    def half_removed(self) -> list[str]:
        """Return the ids of former sets whose removal was interrupted."""
        found = [entry.name for entry in self._entries() if entry.name.endswith(REMOVING)]
        names = [name.removesuffix(REMOVING) for name in found]
        return sorted(name for name in names if ID.fullmatch(name))

    def begin_removal(self, set_id: str, *, copy_only: bool = False) -> Path | None:
        """Rename a set, so that it is no longer a set. Return its new folder; None if there is
        none.

        Args:
            set_id: the id of the set.
            copy_only: the set itself stays elsewhere, so pins don't matter.

        Raises:
            PryvTuiError: `set-unknown`: this is not an id; `refused`: a link, or the rest of an
                earlier removal, is in the way; `step-failed`: the folder can't be renamed.
            InUse: a check is reading the set.
            Pinned: the set is pinned, or its pins can't be read.
        """
        folder = self.folder / set_id
        gone = self.folder / (set_id + REMOVING)
        if not is_set_id(set_id):
            raise PryvTuiError("set-unknown", f"{set_id!r} is not the id of a set")
        for path in (folder, gone):
            if path.is_symlink():
                raise PryvTuiError(
                    "refused",
                    f"{path} is a symbolic link, so what it leads to is not removed",
                    f"Remove the link, not what it leads to: rm {shlex.quote(str(path))}",
                )
        try:
            if folder.is_dir() and not gone.exists():
                # A pin takes the same lock: it comes before the removal, or not at all.
                with alone(folder), unread(folder, set_id):
                    if not copy_only:
                        refuse_pinned(set_id, self.pin_folders(set_id))
                    folder.rename(gone)
                sync_folder(self.folder)
        except OSError as error:
            raise PryvTuiError(
                "step-failed", f"{folder} can't be renamed: {error.strerror}"
            ) from error
        if folder.exists():
            raise PryvTuiError(
                "refused",
                f"{gone} already exists, and so does the set {set_id}",
                f"To see both: {shlex.join(['ls', '-la', str(folder), str(gone)])}. The second is"
                " left over from a removal; when nobody needs it:"
                f" {shlex.join(['rm', '-r', '--one-file-system', str(gone)])}",
            )
        return gone if gone.is_dir() else None

    def pin(self, backup: BackupSet, line: Pin) -> Pin:
        """Record that a set is pinned or unpinned, after the lines recorded before.

        Raises:
            PryvTuiError: `unreadable`: earlier lines can't be read, or this line can't be written;
                `set-unknown`: the set is gone; `disk-full`.
        """
        with at_vault(self.folder):
            add_pin(self.pin_folders(backup.id, (backup.snapshot, *backup.twins)), backup.id, line)
        return line

    def pin_folders(self, set_id: str, snapshots: Sequence[str] = ()) -> list[Path]:
        """Return the folders in which a set's pins may be stored; new lines go to the first.

        Args:
            snapshots: the set's snapshots in a repository, the newest first.
        """
        return [self.folder / set_id]

    def record_verification(self, backup: BackupSet, verification: Verification) -> None:
        """Store the result of a check beside the set's files; in a read-only vault it is lost.

        A check of a part proves nothing about the rest, so it counts as the set's state only if it
        found damage.
        """
        keep_check(backup.folder, verification)


@contextlib.contextmanager
def at_vault(folder: Path) -> Iterator[None]:
    """Turn an `OSError` inside a block into the error that `vault_error` makes."""
    try:
        yield
    except OSError as error:
        raise vault_error(folder, error) from error


def vault_error(folder: Path, error: OSError) -> PryvTuiError:
    """Return the error for an `OSError` at the vault."""
    import errno

    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return PryvTuiError(
            "disk-full", f"the disk of the vault {folder} is full; {its_disk(folder)}"
        )
    if error.errno in AWAY:
        return away(folder, error)
    if error.errno == errno.EROFS:
        return PryvTuiError(
            "unreadable",
            f"the vault {folder} is on a read-only file system",
            "Mount it writable, or name another vault with --vault.",
        )
    return PryvTuiError(
        "unreadable",
        f"the vault {folder} can't be written: {error.strerror or error}",
        "Correct its owner or mode, or name another vault with --vault.",
    )


def _free(base: str, slug: str, taken: Collection[str]) -> str:
    """Return a name with this time and label that is not taken; a number is added if necessary."""
    name = f"{base}-{slug}" if slug else base
    candidate, number = name, 2
    while candidate in taken:
        candidate = f"{name}-{number}"
        number += 1
    return candidate
