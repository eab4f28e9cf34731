"""Read data back from a sandbox's servers and files.

This reads a sample of accounts, finds the newest records, and counts the accounts that the live
platform no longer has.
"""

from __future__ import annotations

import hashlib
import os
from collections import Counter
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from pryv_tui.errors import Cancelled, PryvTuiError
from pryv_tui.formats.bson_files import iterate_documents
from pryv_tui.formats.errors import FormatError
from pryv_tui.formats.influx.some_points import points_of
from pryv_tui.hosts.deployment import HostState
from pryv_tui.hosts.engine import CancelToken
from pryv_tui.operations.audit.evidence import attachment_place
from pryv_tui.operations.audit.integrity import agrees
from pryv_tui.operations.audit.live_stores import databases, read_events
from pryv_tui.operations.context import RunContext
from pryv_tui.operations.drilling.facts import CheckState
from pryv_tui.operations.drilling.newest import newest_audited, newest_of, newest_point
from pryv_tui.operations.drilling.sample.events import Events
from pryv_tui.operations.drilling.sample.points import Compared, compare
from pryv_tui.operations.plan import Step
from pryv_tui.operations.steps.drilling.erased_since import (
    NAMES_FILE as NAMES_FILE,
)
from pryv_tui.operations.steps.drilling.erased_since import (
    ask_accounts,
    tell_erased,
)
from pryv_tui.operations.steps.drilling.erased_since import (
    known_accounts as known_accounts,
)
from pryv_tui.operations.steps.drilling.live_points import Asked, live_points
from pryv_tui.operations.steps.drilling.rehearsal import (
    inside,
    note_check,
    phase,
    seen_now,
)
from pryv_tui.operations.stores.mongodb import DATABASE
from pryv_tui.phrases import counted
from pryv_tui.reading import lines_of, open_file
from pryv_tui.vault.lists.sums import parse_line
from pryv_tui.vault.manifest import SetHost, SetManifest
from pryv_tui.vault.set_files import FILES_NAME, SUMS_NAME

SAMPLE = 20
"""The largest number of accounts of which records are read back."""
FILES = 500
"""The largest number of attachments of these accounts that are read in full."""
EVENTS, ATTACHED, POINTS = "sample: events", "sample: attachments", "sample: series"
POLICY = "autogen"
"""The retention policy that InfluxDB gives a new database by default; Pryv uses it."""
_TOLD = (PryvTuiError, FormatError, OSError, ValueError)


class Sampled(msgspec.Struct):
    """What was read from the events in the sandbox's MongoDB."""

    events: Events = msgspec.field(default_factory=Events)
    newest: float = 0.0
    attached: float = 0.0
    """The time of the newest event with an attached file, in seconds since the epoch; 0: none."""
    files: dict[str, dict[str, str]] = {}
    """By account and id of an attached file, the hash of the file that the event names; empty if
    the event names none."""

    def take(self, event: Mapping[str, Any]) -> None:
        user = self.events.take(event)
        times = [event.get(key) for key in ("created", "modified")]
        at = max((float(one) for one in times if isinstance(one, int | float)), default=0.0)
        self.newest = max(self.newest, at)
        attachments = event.get("attachments")
        for each in attachments if isinstance(attachments, list) else ():
            if isinstance(each, dict) and "id" in each:
                said = str(each.get("integrity", ""))
                self.files.setdefault(user, {})[str(each["id"])] = said
                self.attached = max(self.attached, at)


class CheckSandbox(Step, frozen=True, kw_only=True, tag="check-sandbox"):
    """Compare some accounts with the set event by event and file by file; a restore compares only
    numbers and hashes."""

    set_id: str

    @property
    def title(self) -> str:
        return f"Read accounts back through the sandbox's servers, {SAMPLE} at most"

    def checks(self, manifest: SetManifest) -> list[tuple[str, str]]:
        """Return for each check of this step its name, and the name of the set's part."""
        found = []
        for part in manifest.hosts:
            if "mongodb" in part.stores:
                found += [(EVENTS, part.name), (ATTACHED, part.name)]
            if "influxdb" in part.stores:
                found.append((POINTS, part.name))
        return found

    def perform(self, ctx: RunContext) -> None:
        inner = inside(ctx)
        backup = ctx.site.vault.resolve(self.set_id)
        manifest = backup.need("restore")
        now = seen_now(inner)
        with ThreadPoolExecutor(1) as meanwhile:
            # Ask registers and indexes in parallel: that is independent of the reading here.
            accounts = meanwhile.submit(ask_accounts, ctx, inner, now)
            with phase(ctx, self.title, "machine"):
                failed = [
                    text
                    for part in manifest.hosts
                    if (state := now.host(part.name)) is not None
                    for text in self._read_back(ctx, state, part, backup.host_folder(part.name))
                ]
            with phase(ctx, "accounts erased since", "sandbox"):
                asked = accounts.result()
                for one in asked.newest:
                    ctx.report.drilled(one)
                tell_erased(ctx, asked)
        if failed:
            raise PryvTuiError("check-failed", "; ".join(failed))

    def _read_back(
        self, ctx: RunContext, state: HostState, part: SetHost, folder: Path
    ) -> list[str]:
        """Read back one host's stores; return the failures in words."""
        inner = inside(ctx)
        failed: list[str] = []
        with ThreadPoolExecutor(1) as beside:
            # The two servers are independent of each other.
            asked = (
                beside.submit(_ask_series, inner, state, part, folder, ctx.cancel)
                if "influxdb" in part.stores
                else None
            )
            if "mongodb" in part.stores:
                failed += self._mongodb(ctx, inner, state, part, folder)
        if asked is not None:
            failed += self._influxdb(ctx, state, part, asked.result())
        if "sqlite" in part.stores:
            ctx.report.drilled(newest_audited(state.root_path, folder / SUMS_NAME, part.name))
        return failed

    def _mongodb(
        self, ctx: RunContext, inner: RunContext, state: HostState, part: SetHost, folder: Path
    ) -> list[str]:
        sampled = Sampled()
        engine = inner.site.host(state.name).engine
        try:
            container = state.layout.stores["mongodb"].container
            read_events(engine, container, sampled.take, ctx.report.note, ctx.cancel)
            dump = folder / FILES_NAME / (part.layout.stores["mongodb"].dump or "")
            said = Events()
            for document in iterate_documents(dump / DATABASE / "events.bson"):
                said.take(document)
                ctx.check_cancelled()
        except Cancelled:
            raise
        except _TOLD as error:
            why = error.what if isinstance(error, PryvTuiError) else str(error)
            note_check(ctx, EVENTS, part.name, "could not verify", why=why)
            note_check(ctx, ATTACHED, part.name, "could not verify", why=why)
            return []
        ctx.report.drilled(newest_of("mongodb", part.name, sampled.newest, "it holds no event"))
        if sampled.attached:
            ctx.report.drilled(newest_of("attachments", part.name, sampled.attached))
        failed = []
        expected, found = said.words, sampled.events.words
        if why := said.unlike(sampled.events):
            note_check(ctx, EVENTS, part.name, "failed", expected=expected, found=found, why=why)
            failed.append(f"{EVENTS}: {why}")
        else:
            note_check(ctx, EVENTS, part.name, "passed", expected=expected, found=found)
        failed += self._attached(ctx, state, part, folder, sampled, spread(said.many))
        return failed

    def _attached(
        self,
        ctx: RunContext,
        state: HostState,
        part: SetHost,
        folder: Path,
        sampled: Sampled,
        chosen: Iterable[str],
    ) -> list[str]:
        """Compare the attachments of the sampled accounts with two hashes: the set's and the one in
        the event. Return the failures in words.

        A file that was damaged before the backup matches the set's hash, but not the event's.
        """
        users = set(chosen)
        wrong = read = named = said = like = unlike = 0
        prefix = f"{FILES_NAME}/".encode()
        with open_file(folder / SUMS_NAME, follow=False) as file:
            for raw in lines_of(file):
                line = raw.rstrip(b"\n")
                place = attachment_place(line)
                if place is None or place[0] not in users:
                    continue
                if place[1] not in sampled.files.get(place[0], ()) or read >= FILES:
                    continue
                ctx.check_cancelled()
                path, digest = parse_line(line)
                read += 1
                there = hash_of(state.root_path, path.removeprefix(prefix))
                agreed = agrees(there, sampled.files[place[0]][place[1]])
                wrong += there != digest
                said += agreed is not None
                like += agreed is True
                unlike += there == digest and agreed is False
        named = sum(len(sampled.files.get(user, ())) for user in users)
        expected = counted(min(named, FILES), "file")
        told = f", {like} with their event's hash" if said else ""
        found = f"{counted(read - wrong, 'file')} with the set's hash{told}"
        missing = max(0, min(named, FILES) - read)
        words = {
            "with another hash than in the set": wrong,
            "with another hash than in the event": unlike,
            "not in the set": missing,
        }
        why = ", ".join(f"{many} {what}" for what, many in words.items() if many)
        if why:
            bad = wrong + unlike
            state_of: CheckState = "failed" if bad else "could not verify"
            note_check(ctx, ATTACHED, part.name, state_of, expected=expected, found=found, why=why)
            return [f"{ATTACHED}: {why}"] if bad else []
        note_check(ctx, ATTACHED, part.name, "passed", expected=expected, found=found)
        return []

    def _influxdb(
        self, ctx: RunContext, state: HostState, part: SetHost, asked: _Series
    ) -> list[str]:
        for words in asked.notes:
            ctx.report.note(words)
        if asked.why:
            note_check(ctx, POINTS, part.name, "could not verify", why=asked.why)
            return []
        data = state.root_path / state.layout.stores["influxdb"].data
        ctx.report.drilled(newest_point(data, part.name))
        one, databases_of = asked.compared, counted(asked.many, "database")
        of = f"{databases_of}, {counted(one.series, 'series', 'series')}"
        expected = f"{of}, {counted(one.points, 'point')}"
        points = counted(one.there, "point")
        found = f"{points} in the set's series, the values of {one.by_value} compared and equal"
        left = one.not_compared
        words = f"{counted(asked.missing, 'database is', 'databases are')} not there"
        if why := ", ".join(filter(None, (words if asked.missing else "", one.wrong))):
            note_check(ctx, POINTS, part.name, "failed", expected=expected, found=found, why=why)
            return [f"{POINTS}: {why}"]
        if one.unread:
            # A part of the set may be damaged, even if the rest is equal.
            state_of: CheckState = "could not verify"
            note_check(ctx, POINTS, part.name, state_of, expected=expected, found=found, why=left)
            return []
        if left and not one.series:
            # No drill of this set could compare more, so this is no fault of this drill.
            state_of = "not checked"
            note_check(ctx, POINTS, part.name, state_of, expected=expected, why=left, beyond=True)
            return []
        note_check(ctx, POINTS, part.name, "passed", expected=expected, found=found, why=left)
        return []


class _Series(NamedTuple):
    """The comparison of the sandbox's InfluxDB with the set's backup of it."""

    notes: list[str]
    """Lines for the journal, which only the main thread writes; it waits for this one."""
    why: str = ""
    """The reason why InfluxDB could not be asked or compared; empty if it was."""
    many: int = 0
    """The number of databases to compare."""
    missing: int = 0
    """The number of these databases that the server does not have."""
    compared: Compared = Compared()


def _ask_series(
    inner: RunContext, state: HostState, part: SetHost, folder: Path, cancel: CancelToken
) -> _Series:
    """Ask InfluxDB for points of some of its databases, and compare them with the set's backup.

    This function is called in a thread, so it writes nothing to the journal.

    Raises:
        Cancelled: `cancel` was set.
    """
    engine = inner.site.host(state.name).engine
    container = state.layout.stores["influxdb"].container
    chosen = spread(Counter(part.stores["influxdb"].get("databases", [])))
    notes: list[str] = []
    try:
        there = databases(engine, container, notes.append)
        dump = folder / FILES_NAME / (part.layout.stores["influxdb"].dump or "")
        known = points_of(dump, chosen) if chosen else {}
        asked = [
            Asked(name, policy, sorted(found.valued))
            for name, found in known.items()
            if name in there
            for policy in sorted({key.policy for key in found.series} or {POLICY})
        ]
        told = list(live_points(engine, container, asked, notes.append, cancel))
    except Cancelled:
        raise
    except _TOLD as error:
        return _Series(notes, error.what if isinstance(error, PryvTuiError) else str(error))
    compared = compare(known, ((one.database, got) for one, got in told))
    missing = [name for name in chosen if name not in there]
    return _Series(notes, "", len(chosen), len(missing), compared)


def spread(counts: Mapping[str, int]) -> list[str]:
    """Choose at most `SAMPLE` names at equal distances in their sorted order, so that the same
    names always give the same choice."""
    names = sorted(name for name in counts if name)
    step = max(1, -(-len(names) // SAMPLE))
    return names[::step]


def hash_of(root: Path, relative: bytes) -> bytes:
    """Return the SHA-256 of a file in the sandbox; empty if the file can't be read."""
    found = hashlib.sha256()
    try:
        with open_file(
            Path(os.fsdecode(os.fsencode(root) + b"/" + relative)), follow=False
        ) as file:
            while chunk := file.read(1 << 20):
                found.update(chunk)
    except OSError:
        return b""
    return found.digest()
