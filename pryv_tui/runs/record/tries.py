"""Backups that were tried and made no set, also those that never became a run. Also: what the vault
contains of the set that a run names."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Literal

import msgspec

from pryv_tui.clock import timestamp
from pryv_tui.decoding import Undecodable, decode_json
from pryv_tui.errors import Exit
from pryv_tui.filesystem.durable import open_own
from pryv_tui.hosts.deployment import Deployment
from pryv_tui.operations.kind import kind_of
from pryv_tui.operations.overview.last_backup import Tries, Try, TryEnd
from pryv_tui.operations.sets.own import told_domain
from pryv_tui.operations.settings.resolve import Settings
from pryv_tui.operations.site import Site
from pryv_tui.reading import read_whole
from pryv_tui.runs.record.history import WORKER, RunRecord, all_runs, request_of
from pryv_tui.runs.record.request import read_request
from pryv_tui.runs.record.stops import times_alike
from pryv_tui.sanitize import one_line
from pryv_tui.vault.set_names import PARTIAL

NAME = "not-begun.jsonl"
MOST_BYTES = 64 << 10
"""Above this size the file is started again, since only entries after the newest set count."""
SetState = Literal["complete", "partial", "none"]
_GOOD = ("complete", "warnings")
_ENDS: dict[str, TryEnd] = {"refused": "refused", "cancelled": "cancelled", "failed": "failed"}


class NotBegun(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the file: a backup that was requested while another run was using the
    platform."""

    v: int = 1
    time: str
    kind: str
    why: str
    vault: str = ""


def tries_of(
    site: Site, deployment: Deployment, records: Sequence[RunRecord] | None = None
) -> Tries:
    """Return a function that returns the platform's attempts, given the ids of the complete sets.

    Args:
        records: all runs, oldest first, if the caller has read them already.
    """

    def tries(whole: Collection[str]) -> Sequence[Try]:
        known = all_runs(site.state) if records is None else records
        return tries_since(known, site.settings, told_domain(deployment), whole)

    return tries


def tries_since(
    records: Sequence[RunRecord], settings: Settings, domain: str, whole: Collection[str] = ()
) -> list[Try]:
    """Return the backups into this vault since the last one that made a set.

    Oldest first; none of them made a set.

    Args:
        records: all runs, oldest first.
        domain: the platform's domain; empty: not known, so every platform's runs count.
        whole: the ids of the sets that are complete in the vault.
    """
    found: list[Try] = []
    made = ""
    for record in reversed(records):
        if record.kind != "backup" or record.state in ("starting", "running"):
            continue
        if domain and record.domain not in ("", domain):
            continue
        request = read_request(Path(record.folder))
        if request is not None and place_of(request.settings) != place_of(settings):
            continue
        if record.exit == Exit.USAGE:
            continue  # whoever mistyped was told so at once
        if record.outcome in _GOOD or (record.set and record.set in whole):
            made = record.finished or record.asked
            break
        # Only the newest try needs the count: its reason is the one that is shown.
        found.append(_try(record, 1 if found else times_alike(record, records)))
    found += [
        Try(end="busy", at=line.time, why=line.why)
        for line in _read(Path(settings.state))
        if line.vault == place_of(settings) and line.time > made
    ]
    return sorted(found, key=lambda one: one.at)


def _try(record: RunRecord, alike: int) -> Try:
    at = record.finished or record.started or record.asked
    if record.state != "died":
        end = _ENDS.get(record.outcome, "failed")
        if record.exit == Exit.BUSY:
            end = "busy"
        return Try(end=end, at=at, run=record.id, why=record.what, alike=alike)
    return Try(
        end="never_began" if never_began(record) else "died", at=at, run=record.id, alike=alike
    )


def never_began(record: RunRecord) -> bool:
    """Whether a run never began: it died, and its worker wrote neither a mark nor a journal."""
    begun = (record.journal, Path(record.folder) / WORKER)
    return record.state == "died" and record.pid is None and not any(map(Path.exists, begun))


def made_since(record: RunRecord, records: Sequence[RunRecord]) -> bool:
    """Whether a backup that was requested after this run came to its end."""
    return any(
        one.kind == "backup" and one.outcome in _GOOD and one.asked > record.asked
        for one in records
    )


def place_of(settings: Settings) -> str:
    """Return the identity of the vault that these settings name."""
    return settings.vault if settings.repository is None else f"restic:{settings.repository}"


def note_not_begun(settings: Settings, kind: str, why: str) -> None:
    """Record that a backup was requested and did not begin, since no run records it.

    An error in writing is ignored: the caller reports the refusal in any case.
    """
    line = NotBegun(time=timestamp(), kind=kind, why=one_line(why), vault=place_of(settings))
    path = Path(settings.state) / NAME
    with contextlib.suppress(OSError):
        if path.exists() and path.stat().st_size > MOST_BYTES:
            path.unlink()
        descriptor = open_own(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        try:
            os.write(descriptor, msgspec.json.encode(line) + b"\n")
        finally:
            os.close(descriptor)


def _read(state: Path) -> list[NotBegun]:
    try:
        content = read_whole(state / NAME, follow=False)
    except OSError:
        return []
    found = []
    for line in content.split(b"\n")[:-1]:
        with contextlib.suppress(Undecodable):
            found.append(decode_json(line, NotBegun))
    return [msgspec.structs.replace(one, why=one_line(one.why)) for one in found]


def set_state(record: RunRecord) -> SetState | None:
    """Return what the vault contains of the set that an unfinished run was to make. None if the run
    came to its end or is running, if it makes no set, and if this can't be found out."""
    known = kind_of(record.kind)
    if not (known.makes_a_set or known.fetches_a_set) or not record.set or record.outcome in _GOOD:
        return None
    if record.state in ("starting", "running"):
        return None
    request = request_of(record)
    if request is None:
        return None
    vault = Path(request.settings.vault)
    try:
        if not vault.is_dir():
            return None
        if (vault / record.set).is_dir():
            return "complete"
        return "partial" if (vault / f"{record.set}{PARTIAL}").is_dir() else "none"
    except OSError:
        return None


def set_words(record: RunRecord) -> str:
    """Return the name of a run's set, as it is in the vault; empty if it is not there."""
    state = set_state(record)
    if state == "none":
        return ""
    return f"{record.set}{PARTIAL}" if state == "partial" else record.set
