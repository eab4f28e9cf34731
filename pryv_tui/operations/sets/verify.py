"""Verify a set: compare every file and dump with the set's own record of them."""

from __future__ import annotations

import shlex
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec

from pryv_tui.clock import timestamp
from pryv_tui.errors import PryvTuiError
from pryv_tui.filesystem.paths import printable
from pryv_tui.hosts.engine import CancelToken
from pryv_tui.operations.drilling.by_store import LISTS, ByStore, store_of
from pryv_tui.operations.sets.known_good import words_changed
from pryv_tui.operations.sets.restorable import need_same, stumbles
from pryv_tui.operations.sets.strangers import told, without
from pryv_tui.operations.stores import STORES
from pryv_tui.operations.stores.base import Holds, see_no_link
from pryv_tui.operations.stores.sqlite import judged, look
from pryv_tui.phrases import first
from pryv_tui.platform.layout import Layout
from pryv_tui.programs import Output
from pryv_tui.reading import ShortOfMeans, ShortOfRights, need_word
from pryv_tui.vault.checks import Verification, next_part, place_of, seal_of
from pryv_tui.vault.files.types import Progress, TreeCount
from pryv_tui.vault.in_use import being_read
from pryv_tui.vault.manifest import SetHost
from pryv_tui.vault.parallel.engine import USUAL, CopyEngine
from pryv_tui.vault.restic.repository import RepositoryVault
from pryv_tui.vault.set_files import FILES_NAME, SET_JSON
from pryv_tui.vault.sets import BackupSet
from pryv_tui.vault.strangers import beside, is_known
from pryv_tui.vault.vault import Vault
from pryv_tui.vault.verify import MISSING, WRONG, Told, verify_sums
from pryv_tui.who import Who

SHOWN = 20
MOST = 100
"""Most lines that are recorded of a check."""
NO_WORD = ("cancelled", "means", "rights", "server-gone", "copy-process-died", "disk-full")
"""Errors that say why a check could not continue, and nothing about the checked set."""


def _added(
    progress: Callable[[Progress], None] | None, files: int, size: int, whole: Progress | None
) -> Callable[[Progress], None] | None:
    """Make a progress callback for one machine's part that reports the progress of the whole set.

    Args:
        progress: receives the progress; None: None is returned.
        files: the files read before this part.
        size: the bytes read before this part.
        whole: the totals of the set; None if they don't apply.
    """
    if progress is None:
        return None

    def told(made: Progress) -> None:
        files_now, now = files + made.files, size + made.bytes
        if whole is None:
            progress(Progress(files_now, now, 0, 0, made.waits_for))
        else:
            # A hard-linked file is read under each of its names, but the set counts it once.
            total_files = max(whole.total_files, files_now)
            total = max(whole.total_bytes, now)
            progress(Progress(files_now, now, total_files, total, made.waits_for))

    return told


def verify_set(
    vault: Vault,
    backup: BackupSet,
    *,
    parts: int = 1,
    progress: Callable[[Progress], None] | None = None,
    on_output: Output | None = None,
    cancel: CancelToken | None = None,
    engine: CopyEngine = USUAL,
    by: Who | None = None,
) -> Verification:
    """Check a set, and record the outcome.

    For a set in a repository, restic checks the repository's data, or one part of it. After a full
    check that found nothing, the set's working copy, if there is one, is checked too: the next
    backup links to its files.

    Args:
        parts: the number of parts into which the data is divided; the next part in turn is read. 1:
            all.
        on_output: receives restic's output.
        engine: how files are read.
        by: who asked for it.

    Raises:
        PryvTuiError: `set-damaged`, the set is not complete or its description can't be read;
            `repository`; those of `verify_files`.
    """
    if not isinstance(vault, RepositoryVault) or not backup.snapshot or backup.manifest is None:
        return verify_files(
            vault, backup, parts=parts, progress=progress, cancel=cancel, engine=engine, by=by
        )
    part = next_part(backup.checks, parts) if parts > 1 else 1
    problems = vault.restic.check(
        part=part, parts=parts, on_output=on_output or _unheard, cancel=cancel
    )
    if not problems and not vault.lists(backup.snapshot):
        problems = [f"{vault.repository} does not list it any more"]
    found = Verification(
        time=timestamp(to="seconds"),
        outcome="bad" if problems else "good",
        # A full check reads all of the set; how much of it is in one part is unknown.
        files=backup.manifest.files if parts == 1 else 0,
        bytes=backup.manifest.bytes if parts == 1 else 0,
        problems=tuple(f"{vault.repository}: {line}" for line in first(problems, MOST)),
        part=part,
        parts=parts,
        by=by,
    )
    vault.record_verification(backup, found)
    if not backup.here or parts > 1 or problems:
        return found
    copy = verify_files(
        vault,
        msgspec.structs.replace(backup, snapshot="", checks=()),
        progress=progress,
        cancel=cancel,
        engine=engine,
        by=by,
    )
    if copy.outcome == "good":
        return found
    return msgspec.structs.replace(
        copy,
        problems=(
            f"the working copy {backup.path} is damaged, the repository's set is good: remove the"
            f" copy, rm -r {shlex.quote(backup.path)}",
            *copy.problems,
        ),
    )


def _unheard(_stream: str, _chunk: bytes) -> None:
    """Drop the output: nobody asked for it."""


def verify_files(
    vault: Vault,
    backup: BackupSet,
    *,
    hosts: Sequence[str] = (),
    parts: int = 1,
    progress: Callable[[Progress], None] | None = None,
    cancel: CancelToken | None = None,
    strangers: dict[str, tuple[bytes, ...]] | None = None,
    engine: CopyEngine = USUAL,
    by_store: ByStore | None = None,
    by: Who | None = None,
) -> Verification:
    """Check a set's files on this machine, and record the outcome with the set.

    Args:
        hosts: check only these machines' parts, and record the outcome only if it is bad. Empty:
            all parts.
        parts: the number of parts into which the files are divided; the next part in turn is read,
            and the structure of the dumps is not checked. 1: all files and dumps.
        strangers: filled with the files that are in no list, by the folder of each machine's part.
        engine: how files are read.
        by_store: filled with all problems, sorted by store.
        by: who asked for it.

    Raises:
        PryvTuiError: `set-damaged`, the set is not complete or its description can't be read; one
            of `NO_WORD`, this machine could not do the check, and nothing is recorded;
            `set-unknown`, the set is being removed.
    """
    try:
        with being_read(backup.folder, backup.id):
            return _verified(
                vault,
                backup,
                hosts=hosts,
                parts=parts,
                progress=progress,
                cancel=cancel,
                strangers=strangers,
                engine=engine,
                apart=by_store or ByStore(),
                by=by,
            )
    except MemoryError:
        raise ShortOfMeans(f"there is not enough memory to check {backup.id}") from None


def _verified(
    vault: Vault,
    backup: BackupSet,
    *,
    hosts: Sequence[str],
    parts: int,
    progress: Callable[[Progress], None] | None,
    cancel: CancelToken | None,
    strangers: dict[str, tuple[bytes, ...]] | None,
    engine: CopyEngine,
    apart: ByStore,
    by: Who | None,
) -> Verification:
    began = time.monotonic()
    manifest = backup.manifest
    if backup.state == "closed":
        raise ShortOfRights(f"{backup.id} can't be checked: {backup.problem}")
    if manifest is None:
        raise PryvTuiError(
            "set-damaged",
            f"{backup.id} is {backup.state}: {backup.problem or f'it has no {SET_JSON}'}",
            "It is not a complete set: nothing says what it should hold. Choose a complete one:"
            " pryv-tui list"
            if backup.state == "partial"
            else None,
        )
    part = next_part(backup.checks, parts) if parts > 1 else 1
    # Taken before the check: if the set is replaced meanwhile, the new one was not checked.
    seal, place = seal_of(backup.folder), place_of(backup.folder)
    problems: list[str] = []

    def bad(about: str, *lines: str) -> None:
        for line in lines:
            problems.append(line)
            apart.wrong(about, line)

    bad(LISTS, *words_changed(backup))
    files = size = unexpected = 0
    strange: list[str] = []
    chosen = [host for host in manifest.hosts if not hosts or host.name in hosts]
    try:
        odd = beside(backup.folder, (host.name for host in manifest.hosts))
    except OSError as error:
        need_word(error, backup.folder)
        odd = []
        bad(LISTS, f"{backup.folder}: {error.strerror or error}")
    strange += told("the set's own folder", odd)
    unexpected += sum(not is_known(path) for path in odd)
    whole = Progress(0, 0, sum(host.files for host in chosen), sum(host.bytes for host in chosen))
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
                total=TreeCount(host.files, host.bytes, 0) if parts == 1 else None,
                progress=_added(progress, files, size, whole if parts == 1 else None),
                cancel=cancel,
                engine=engine,
                told=_sorted(apart, host),
            )
        except OSError as error:
            need_word(error, folder)
            bad(LISTS, f"{folder}: {error.strerror or error}")
            apart.unread(f"the part of {host.name} could not be read")
            continue
        except PryvTuiError as error:
            if error.name in NO_WORD:
                raise
            bad(LISTS, error.what)
            apart.unread(f"the lists of {host.name} differ from what was written")
            continue
        files += found.files
        size += found.bytes
        for names, words, count in (
            (found.wrong, f" {WRONG}", found.wrong_count),
            (found.missing, f" {MISSING}", found.missing_count),
            (found.changed, "", found.changed_count),
        ):
            problems.extend(f"{host.name}: {name}{words}" for name in names[:SHOWN])
            if count > SHOWN:
                problems.append(f"{host.name}: and {count - SHOWN} more of these")
        for words in found.altered:
            apart.wrong(LISTS, f"{host.name}: {words}")
        strange += told(host.name, found.strange)
        unexpected += sum(not is_known(path) for path in found.strange)
        if strangers is not None:
            strangers[str(folder)] = found.strange
        try:
            bad(LISTS, *(f"{host.name}: {words}" for words in stumbles(folder, host, found)))
        except OSError as error:
            need_word(error, folder)
            bad(LISTS, f"{folder}: {error.strerror or error}")
        except PryvTuiError as error:
            if error.name in NO_WORD:
                raise
            bad(LISTS, f"{host.name}: {error.what}")
        for store, holds in host.stores.items() if parts == 1 else ():
            try:
                _check_store(store, folder / FILES_NAME, host.layout, dict(holds), found.strange)
            except PryvTuiError as error:
                if error.name in NO_WORD:
                    raise
                bad(store, f"{host.name}: {error.what}")
            except (OSError, KeyError, ValueError) as error:
                if isinstance(error, OSError):
                    need_word(error, folder)
                bad(store, f"{host.name}: {store} can't be checked: {error}")
    verification = Verification(
        time=timestamp(to="seconds"),
        outcome="bad" if problems else "good",
        files=files,
        bytes=size,
        problems=first(problems, MOST),
        part=part,
        parts=parts,
        strangers=tuple(strange[:MOST]),
        strangers_count=len(strange),
        unexpected=unexpected,
        seconds=round(time.monotonic() - began, 3),
        seal=seal if parts == 1 else "",
        place=place if parts == 1 else "",
        by=by,
    )
    if len(chosen) == len(manifest.hosts) or problems:
        vault.record_verification(backup, verification)
    return verification


def _sorted(apart: ByStore, host: SetHost) -> Told:
    """Make a callback that sorts each damaged or missing file of a machine's part by its store.

    Also those beyond the `SHOWN` that are listed in the outcome.
    """

    def told(path: bytes, words: str) -> None:
        apart.wrong(store_of(path, host.layout), f"{host.name}: {printable(path)} {words}")

    return told


def _check_store(
    store: str, files: Path, layout: Layout, holds: Holds, strange: tuple[bytes, ...]
) -> None:
    """Check the files of one store in a set, ignoring files that are in none of the set's lists."""
    if store == "sqlite":
        judged(look(files, layout, frozenset(holds.get("damaged", {})), strange), holds)
        return
    place = layout.stores[store]
    see_no_link(files, store, place)
    with without(files, strange, (place.dump, place.data)) as seen:
        need_same(store, holds, STORES[store].check(seen, layout, holds))
