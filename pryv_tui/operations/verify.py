"""Verify a set: every file and dump against what the set says that it holds."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from pryv_tui.errors import PryvTuiError
from pryv_tui.hosts.engine import CancelToken
from pryv_tui.operations.stores import STORES
from pryv_tui.vault.copy import Progress
from pryv_tui.vault.sets import (
    FILES,
    BackupSet,
    Vault,
    Verification,
    broken_seal,
    next_part,
)
from pryv_tui.vault.verify import verify_sums

SHOWN = 20


def verify_set(
    vault: Vault,
    backup: BackupSet,
    *,
    hosts: Sequence[str] = (),
    parts: int = 1,
    progress: Callable[[Progress], None] | None = None,
    cancel: CancelToken | None = None,
) -> Verification:
    """Check a set and keep the outcome with it.

    Args:
        hosts: only these machines' parts; then only damage is kept.
        parts: read one of so many parts of the files, the one whose turn it is; the dumps'
            structure is left to a check in full. 1: everything.

    Raises:
        PryvTuiError: `set-damaged` for a set that is not complete or says nothing readable.
    """
    manifest = backup.manifest
    if manifest is None:
        raise PryvTuiError(
            "set-damaged",
            f"{backup.id} is {backup.state}: {backup.problem or 'it has no set.json'}",
        )
    part = next_part(backup.checks, parts) if parts > 1 else 1
    problems = broken_seal(backup.folder, sealed=manifest.sealed)
    files = size = 0
    chosen = [host for host in manifest.hosts if not hosts or host.name in hosts]
    for host in chosen:
        folder = backup.host_folder(host.name)
        try:
            found = verify_sums(
                folder,
                tree=host.tree,
                index=host.index,
                sums=host.sums,
                part=part,
                parts=parts,
                progress=progress,
                cancel=cancel,
            )
        except OSError as error:
            problems.append(f"{folder}: {error.strerror or error}")
            continue
        except PryvTuiError as error:
            if error.name == "cancelled":
                raise
            problems.append(error.what)
            continue
        files += found.files
        size += found.bytes
        for names, words in (
            (found.wrong, "differs from its hash"),
            (found.missing, "is missing"),
            (found.extra, "is not in the list of hashes"),
        ):
            problems.extend(f"{host.name}: {name} {words}" for name in names[:SHOWN])
        problems.extend(f"{host.name}: {words}" for words in found.odd[:SHOWN])
        if found.listed != host.files:
            problems.append(f"{host.name}: {found.listed} files, set.json says {host.files}")
        for store, holds in host.stores.items() if parts == 1 else ():
            try:
                STORES[store].check(folder / FILES, host.layout, dict(holds))
            except PryvTuiError as error:
                problems.append(f"{host.name}: {error.what}")
            except (OSError, KeyError, ValueError) as error:
                problems.append(f"{host.name}: {store} can't be checked: {error}")
    verification = Verification(
        time=datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
        outcome="bad" if problems else "good",
        files=files,
        bytes=size,
        problems=tuple(problems[:100]),
        part=part,
        parts=parts,
    )
    if len(chosen) == len(manifest.hosts) or problems:
        vault.record_verification(backup, verification)
    return verification
