"""The vaults that were used here, and whether the folder at a vault's path is one of them.

If a vault's disk is not mounted, an empty folder is left at its path, and a backup would be made
there as if nothing were wrong. So each vault has a mark (`vault/mark.py`), and the state folder
records for each path which vaults were used there, and on which file systems.
"""

from __future__ import annotations

import os
import shlex
from pathlib import Path

import msgspec

from pryv_tui.clock import timestamp
from pryv_tui.decoding import Undecodable, read_json, why
from pryv_tui.errors import PryvTuiError
from pryv_tui.filesystem.durable import write_durably
from pryv_tui.filesystem.file_systems import FileSystem, file_system_of, not_mounted
from pryv_tui.operations.acceptance import Acceptable, fingerprint
from pryv_tui.operations.sets.no_set import way_to_one
from pryv_tui.operations.site import Site
from pryv_tui.ownership import make_private
from pryv_tui.vault.mark import MARK, Mark, Stamp, make_mark, read_mark, stamp_of
from pryv_tui.vault.sets import BackupSet
from pryv_tui.vault.vault import vault_error

NAME = "vaults.json"
KEY = "vault"
"""The key by which a person accepts a vault."""
ACCEPT = f"pryv-tui accept {KEY}"


class KnownVault(msgspec.Struct, frozen=True, kw_only=True):
    """A vault that was used at a path."""

    id: str
    stamp: Stamp
    file_system: FileSystem
    since: str
    used: str
    """When the vault was last used, RFC 3339 UTC."""
    last_set: str = ""
    """The last set that was made in it; empty if none."""


class _Known(msgspec.Struct, frozen=True, kw_only=True):
    format: int = 1
    vaults: dict[str, tuple[KnownVault, ...]] = {}
    """The vaults by path, in the order of their last use."""


class Present(msgspec.Struct, frozen=True, kw_only=True):
    """What is at a vault's path now."""

    folder: str
    there: bool
    """Whether the folder exists."""
    empty: bool
    """Whether the folder is empty, apart from `lost+found`; true too if it does not exist."""
    file_system: FileSystem
    mark: Mark | None = None
    marked: bool = False
    """Whether the folder has a mark, even one that can't be read."""
    stamp: Stamp | None = None
    unmounted: tuple[str, str] | None = None
    """The disk of this path by /etc/fstab, if it is not mounted: device and mount point."""


class Doubt(msgspec.Struct, frozen=True, kw_only=True):
    """The reason why the folder at a vault's path may be the wrong vault."""

    text: str
    remedy: str
    about: str
    """A short form of the facts (`fingerprint`)."""

    def acceptable(self) -> Acceptable:
        return Acceptable(key=KEY, about=self.about, text=self.text, remedy=self.remedy)


def present(folder: Path) -> Present:
    """Look at a vault's folder.

    Raises:
        PryvTuiError: `unreadable`.
    """
    try:
        there = folder.is_dir()
        names = {entry.name for entry in folder.iterdir()} if there else set()
        return Present(
            folder=str(folder),
            there=there,
            empty=not names - {"lost+found"},
            file_system=file_system_of(folder),
            mark=read_mark(folder),
            marked=MARK in names,
            stamp=stamp_of(folder),
            unmounted=not_mounted(folder),
        )
    except OSError as error:
        raise vault_error(folder, error) from error


def known_at(state: Path, folder: Path) -> tuple[KnownVault, ...]:
    """The vaults that were used at a path, in the order of their last use.

    Also those used at other paths that lead to the same folder through links.

    Raises:
        PryvTuiError: `unreadable`, the file that records them.
    """
    return _at(_read(state), folder)


def _at(every: _Known, folder: Path) -> tuple[KnownVault, ...]:
    real = os.path.realpath(folder)
    names = [path for path in every.vaults if os.path.realpath(path) == real]
    if len(names) == 1:
        return every.vaults[names[0]]
    newest: dict[str, KnownVault] = {}
    used = [one for path in names for one in every.vaults[path]]
    for one in sorted(used, key=lambda one: one.used):
        newest.pop(one.id, None)  # so that its place is that of its last use
        newest[one.id] = one
    return tuple(newest.values())


def _read(state: Path) -> _Known:
    try:
        return read_json(state / NAME, _Known)
    except (FileNotFoundError, NotADirectoryError):
        return _Known()
    except (OSError, Undecodable) as error:
        raise PryvTuiError(
            "unreadable",
            f"the list of known vaults, {state / NAME}, can't be used: {why(error)}",
            "Repair that file; or move it away: then the next backup accepts any folder as the"
            " vault.",
        ) from error


def doubt(known: tuple[KnownVault, ...], found: Present) -> Doubt | None:
    """Return why the folder may be the wrong vault; None if there is no sign of that. Pure.

    If no vault is known at its path, only an empty or missing folder whose disk is not mounted is
    doubted.
    """
    here = found.file_system
    if found.mark is None and found.unmounted is not None and (found.empty or not found.there):
        what, where = found.unmounted
        return _doubt(
            found,
            f"the vault {found.folder} {_how(found)}, and the disk that /etc/fstab puts at {where}"
            f" ({what}) is not mounted: a backup would be written to {here.words}",
            f"Mount it: {shlex.join(['mount', where])}.",
        )
    if not known:
        return None
    last = known[-1]
    if found.mark is None:
        if last.file_system.is_as_before(here) and not found.empty and not found.marked:
            return None  # the same disk, but the mark was removed: it gets a new one
        damaged = f"has a mark ({MARK}) that can't be read" if found.marked else _how(found)
        return _doubt(
            found,
            f"the vault {found.folder} {damaged}; {_was(last)}, on {last.file_system.words}."
            f" Now it would be on {here.words}",
            _mount(last, found),
        )
    same = [one for one in known if one.id == found.mark.id]
    if not same:
        return _doubt(
            found,
            f"the vault at {found.folder} is not the one that was used before: {_was(last)}, on"
            f" {last.file_system.words}; this one is on {here.words}",
            _mount(last, found),
        )
    at_home = [
        one for one in same if one.stamp == found.stamp or one.file_system.is_as_before(here)
    ]
    if not at_home:
        return _doubt(
            found,
            f"the folder at {found.folder} is a copy of the vault: the vault was on"
            f" {same[-1].file_system.words}, and this one is on {here.words}",
            _mount(same[-1], found),
        )
    if at_home[-1].id != last.id and here.depth < last.file_system.depth:
        return _doubt(
            found,
            f"the vault at {found.folder} is an older one: the one used last was on"
            f" {last.file_system.words} ({_was(last)})",
            _mount(last, found),
        )
    return None


def _doubt(found: Present, text: str, remedy: str) -> Doubt:
    mark = found.mark.id if found.mark else ""
    here = found.file_system
    return Doubt(
        text=text,
        remedy=f"{remedy} To use this as the vault from now on: {ACCEPT}",
        about=fingerprint(found.folder, mark, here.kind, here.uuid or here.source, here.mount),
    )


def _how(found: Present) -> str:
    if not found.there:
        return "is not there"
    return "is empty" if found.empty else "has no mark of a vault"


def _was(last: KnownVault) -> str:
    what = f"the backup {last.last_set} went there" if last.last_set else "it was used"
    return f"{what} on {last.used[:10]}"


def _mount(last: KnownVault, found: Present) -> str:
    where, now = last.file_system.mount, found.file_system.mount
    if where and where not in ("/", now):
        return f"Mount its disk at {shlex.quote(where)}, or name the vault with --vault."
    return "Bring its disk or folder back, or name the vault with --vault."


def look(site: Site) -> Doubt | None:
    """Look for a sign that the folder at a vault's path may be the wrong vault; None if none.

    Raises:
        PryvTuiError: `unreadable`, the vault or the record of known vaults.
    """
    return doubt(known_at(site.state, site.vault.folder), present(site.vault.folder))


def require(site: Site) -> None:
    """Refuse to change a vault if the folder may be the wrong one.

    Raises:
        PryvTuiError: `refused`; `unreadable`, the vault or the record of known vaults.
    """
    found = look(site)
    if found is not None:
        raise PryvTuiError("refused", found.text, found.remedy)


def resolve(site: Site, name: str) -> BackupSet:
    """The set for a name; see `Vault.resolve`.

    Raises:
        PryvTuiError: `set-unknown`. If the folder may be the wrong vault, the error says that, with
            its remedy. If the vault has no set at all, the remedy says how to get one, instead of
            pointing to an empty list.
    """
    try:
        return site.vault.resolve(name)
    except PryvTuiError as error:
        if error.name != "set-unknown" or not name.strip():
            raise
        found = look(site)
        if found is None:
            if site.vault.sets():
                raise
            raise PryvTuiError(error.name, error.what, way_to_one(site)) from error
        raise PryvTuiError(error.name, f"{error.what}: {found.text}", found.remedy) from error


def remember(site: Site, set_id: str = "") -> KnownVault:
    """Record the folder at the vault's path as the right vault from now on.

    It is created if it does not exist, and gets a mark if it has none.

    Args:
        set_id: the set that is being made in it; empty if none.

    Raises:
        PryvTuiError: `unreadable`, `disk-full`: the vault; `unreadable`, `step-failed`: the state
            folder.
    """
    folder, now = site.vault.folder, timestamp(to="seconds")
    try:
        make_private(folder)
        mark = read_mark(folder) or make_mark(folder, now)
    except OSError as error:
        raise vault_error(folder, error) from error
    stamp = stamp_of(folder) or Stamp("", 0)
    all_known = _read(site.state)
    before = all_known.vaults.get(str(folder), ())
    former = next((one for one in before if one.id == mark.id), None)
    made = KnownVault(
        id=mark.id,
        stamp=stamp,
        file_system=file_system_of(folder),
        since=former.since if former else now,
        used=now,
        last_set=set_id or (former.last_set if former else ""),
    )
    others = tuple(one for one in before if one.id != mark.id)
    vaults = {path: known for path, known in all_known.vaults.items() if path != str(folder)}
    vaults[str(folder)] = (*others, made)  # in the order of their last use
    try:
        make_private(site.state)
        content = msgspec.json.format(msgspec.json.encode(_Known(vaults=vaults)), indent=2)
        write_durably(site.state / NAME, content + b"\n")
    except OSError as error:
        raise PryvTuiError(
            "step-failed",
            f"{site.state / NAME} can't be written: {error.strerror or error}",
            "Correct the state folder's owner or free space there, or name another with --state.",
        ) from error
    return made
