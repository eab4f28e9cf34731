"""The set of a drill, and the names of its accounts, which no record may contain."""

from __future__ import annotations

import hashlib
from pathlib import Path

from pryv_tui.drills import model
from pryv_tui.errors import PryvTuiError
from pryv_tui.operations.audit.accounts import indexed_in, registered_in
from pryv_tui.operations.comparing.set_side import moment_of
from pryv_tui.operations.settings.resolve import Settings
from pryv_tui.reading import read_whole
from pryv_tui.secrets import hidden
from pryv_tui.vault.set_files import FILES_NAME, SET_JSON
from pryv_tui.vault.sets import BackupSet
from pryv_tui.vault.vault import Vault

NO_SET = "no set of the vault was restored, so there are no names of its accounts"


def set_of(settings: Settings, name: str) -> tuple[model.SetOnRecord, BackupSet | None]:
    """Find a set by its name. Return its description for a record, and the set itself; None instead
    of the set if it can't be read or `name` is empty."""
    place = hidden(settings.repository or settings.vault)
    if not name:
        return model.SetOnRecord(not_known="no set of the vault was restored"), None
    try:
        backup = Vault(Path(settings.vault)).resolve(name)
        content = read_whole(Path(backup.path) / SET_JSON, follow=False)
    except (PryvTuiError, OSError) as error:
        why = error.what if isinstance(error, PryvTuiError) else str(error.strerror)
        return model.SetOnRecord(id=name, place=place, not_known=why), None
    manifest = backup.manifest
    if manifest is None:
        return model.SetOnRecord(id=name, place=place, not_known=backup.problem), None
    return (
        model.SetOnRecord(
            id=backup.id,
            created=manifest.created,
            sha256=hashlib.sha256(content).hexdigest(),
            place=place,
            roles=tuple(manifest.roles),
            files=manifest.files,
            bytes=manifest.bytes,
        ),
        backup,
    )


_TAKEN = {
    "mongodb": ("mongodb",),
    "influxdb": ("influxdb",),
    "redis": ("redis", "redis-files"),
    "sqlite": ("accounts", "files"),
    "attachments": ("mongodb", "files"),
}
"""For each store whose newest record a drill reports: the names of the moments in a set's manifest
up to which the set has the store's data."""


def held_until(backup: BackupSet | None) -> dict[tuple[str, str], str]:
    """Return, by (machine, store), the time (RFC 3339) up to which a set contains what was written.
    Empty for a set made from a backup that was taken by hand: nobody recorded the time."""
    manifest = backup.manifest if backup is not None else None
    if manifest is None or manifest.adopted is not None:
        return {}
    told = {moment.host for moment in manifest.moments}
    found: dict[tuple[str, str], str] = {}
    for store, what in _TAKEN.items():
        of = "mongodb" if store == "attachments" else store
        for part in manifest.hosts:
            if of in part.stores and part.name in told:
                found[part.name, store] = moment_of(manifest, part, *what)
    return found


def stores_in(backup: BackupSet | None) -> frozenset[tuple[str, str]]:
    """Return the (machine, store) pairs of a set for which a drill reports a newest record, even if
    the store is empty. Attached files are not included: a set may have none."""
    manifest = backup.manifest if backup is not None else None
    parts = manifest.hosts if manifest is not None else ()
    return frozenset((part.name, store) for part in parts for store in part.stores.keys() & _TAKEN)


def accounts_in(backup: BackupSet | None, found: model.SetOnRecord) -> tuple[set[str], str]:
    """Return the account names in a set, and the reason why some are not known (empty if all
    are)."""
    if backup is None or backup.manifest is None:
        if not found.id:
            return set(), NO_SET
        return set(), f"the set can't be read: {found.not_known}"
    names: set[str] = set()
    unknown = []
    for host in backup.manifest.hosts:
        files_of = Path(backup.path) / host.name / FILES_NAME
        told = []
        if "register" in host.roles:
            told.append(registered_in(files_of, host))
        if "core" in host.roles:
            told.append(indexed_in(files_of, host))
        for one in told:
            names |= one.names or frozenset()
        unknown += [one.why for one in told if one.names is None]
    return names, "; ".join(unknown)


def enough(known: set[str], unknown: str) -> bool:
    """Whether typed texts may go into a record: some account names are known, or the set has none,
    or no set was restored (then the drill was about no account)."""
    return bool(known) or unknown in ("", NO_SET)
