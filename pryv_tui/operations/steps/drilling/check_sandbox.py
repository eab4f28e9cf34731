"""Read what a sandbox holds back through its servers: a sample of accounts, the newest records, and
the accounts that the live platform no longer has."""

from __future__ import annotations

import hashlib
import os
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from pryv_tui.clock import timestamp
from pryv_tui.errors import Cancelled, PryvTuiError
from pryv_tui.filesystem.durable import write_durably
from pryv_tui.formats.bson_files import iterate_documents
from pryv_tui.formats.errors import FormatError
from pryv_tui.hosts.deployment import Deployment, HostState
from pryv_tui.hosts.engine import CancelToken
from pryv_tui.operations.audit.accounts import Accounts, indexed_now, registered_now
from pryv_tui.operations.audit.evidence import attachment_place
from pryv_tui.operations.audit.integrity import agrees
from pryv_tui.operations.audit.live_stores import databases, measurements, read_events
from pryv_tui.operations.context import RunContext
from pryv_tui.operations.drilling.facts import CheckState, Erased, Newest
from pryv_tui.operations.drilling.newest import newest_point
from pryv_tui.operations.plan import Step
from pryv_tui.operations.site import RUNS
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
"""Accounts whose records are read back one by one."""
FILES = 500
"""Attachments of them that are read in full."""
EVENTS, ATTACHED, POINTS = "sample: events", "sample: attachments", "sample: series"
NAMES_FILE = "erased.names"
"""In the run's folder, for its owner alone: names of accounts stand in no journal."""
_TOLD = (PryvTuiError, FormatError, OSError, ValueError)


class Sampled(msgspec.Struct):
    """What the sandbox's MongoDB told of all accounts, and of the sampled ones."""

    events: Counter[str] = msgspec.field(default_factory=Counter)
    newest: float = 0.0
    files: dict[str, dict[str, str]] = {}
    """By account and id of an attached file, what its event says of the content."""

    def take(self, event: Mapping[str, Any]) -> None:
        user = str(event.get("userId", ""))
        self.events[user] += 1
        for key in ("created", "modified"):
            at = event.get(key)
            if isinstance(at, int | float):
                self.newest = max(self.newest, float(at))
        attachments = event.get("attachments")
        for each in attachments if isinstance(attachments, list) else ():
            if isinstance(each, dict) and "id" in each:
                said = str(each.get("integrity", ""))
                self.files.setdefault(user, {})[str(each["id"])] = said


class CheckSandbox(Step, frozen=True, kw_only=True, tag="check-sandbox"):
    """Beside what a restore compares: some accounts, event by event and file by file."""

    set_id: str

    @property
    def title(self) -> str:
        return f"Read accounts back through the sandbox's servers, {SAMPLE} at most"

    def checks(self, manifest: SetManifest) -> list[tuple[str, str]]:
        """What is compared in it."""
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
            # Registers and indexes wait for nothing that is read here.
            accounts = meanwhile.submit(_ask_accounts, ctx, inner, now)
            with phase(ctx, self.title, "machine"):
                failed = [
                    text
                    for part in manifest.hosts
                    if (state := now.host(part.name)) is not None
                    for text in self._read_back(ctx, state, part, backup.host_folder(part.name))
                ]
            with phase(ctx, "accounts erased since", "sandbox"):
                tell_erased(ctx, accounts.result())
        if failed:
            raise PryvTuiError("check-failed", "; ".join(failed))

    def _read_back(
        self, ctx: RunContext, state: HostState, part: SetHost, folder: Path
    ) -> list[str]:
        """What failed of a machine's stores."""
        inner = inside(ctx)
        failed: list[str] = []
        with ThreadPoolExecutor(1) as beside:
            # Two servers, that wait for nothing of each other.
            asked = (
                beside.submit(_ask_series, inner, state, part, ctx.cancel)
                if "influxdb" in part.stores
                else None
            )
            if "mongodb" in part.stores:
                failed += self._mongodb(ctx, inner, state, part, folder)
        if asked is not None:
            failed += self._influxdb(ctx, state, part, asked.result())
        if "redis" in part.stores:
            why = "Redis keeps no time of what it holds"
            ctx.report.drilled(Newest(store="redis", moment="", why=why))
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
            said: Counter[str] = Counter()
            for document in iterate_documents(dump / DATABASE / "events.bson"):
                said[str(document.get("userId", ""))] += 1
                ctx.check_cancelled()
        except Cancelled:
            raise
        except _TOLD as error:
            why = error.what if isinstance(error, PryvTuiError) else str(error)
            note_check(ctx, EVENTS, part.name, "could not verify", why=why)
            note_check(ctx, ATTACHED, part.name, "could not verify", why=why)
            return []
        newest = datetime.fromtimestamp(sampled.newest, UTC) if sampled.newest else None
        ctx.report.drilled(
            Newest(
                store="mongodb",
                moment=timestamp(newest, to="seconds") if newest else "",
                why="" if newest else "it holds no event",
            )
        )
        chosen = spread(said)
        wrong = [user for user in chosen if said[user] != sampled.events[user]]
        read = sum(sampled.events[user] for user in chosen)
        of = counted(len(chosen), "account")
        expected = f"{counted(sum(said[user] for user in chosen), 'event')} of {of}"
        found = f"{counted(read, 'event')} of {of}"
        failed = []
        if wrong:
            why = f"another number of events: {len(wrong)} of {of}"
            note_check(ctx, EVENTS, part.name, "failed", expected=expected, found=found, why=why)
            failed.append(f"{EVENTS}: {why}")
        else:
            note_check(ctx, EVENTS, part.name, "passed", expected=expected, found=found)
        failed += self._attached(ctx, state, part, folder, sampled, chosen)
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
        """Compare the files of the sampled accounts with the hashes of the set, and with those that
        their events have: a file that was damaged before the backup has the hash of its damage."""
        users = set(chosen)
        wrong = read = named = said = unlike = 0
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
                unlike += there == digest and agreed is False
        named = sum(len(sampled.files.get(user, ())) for user in users)
        expected = counted(min(named, FILES), "file")
        told = f", {said - unlike} as their events say" if said else ""
        found = f"{counted(read - wrong, 'file')} by hash{told}"
        missing = max(0, min(named, FILES) - read)
        words = {
            "are not what the set says": wrong,
            "are not what their events say": unlike,
            "not in it": missing,
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
        said, there, told = asked.said, asked.there, asked.told
        data = state.root_path / state.layout.stores["influxdb"].data
        ctx.report.drilled(newest_point(data))
        missing = [name for name in spread(Counter(said)) if name not in there]
        expected = counted(len(spread(Counter(said))), "database")
        series = sum(len(one) for _, one in told)
        found = f"{counted(len(told), 'database')}, {counted(series, 'series', 'series')}"
        if missing:
            why = f"{counted(len(missing), 'database is', 'databases are')} not there"
            note_check(ctx, POINTS, part.name, "failed", expected=expected, found=found, why=why)
            return [f"{POINTS}: {why}"]
        note_check(ctx, POINTS, part.name, "passed", expected=expected, found=found)
        return []


class _Series(NamedTuple):
    """What the sandbox's InfluxDB told."""

    notes: list[str]
    """What is to be noted of that: a journal has one writer, who waits for this meanwhile."""
    why: str = ""
    """Why it could not be asked; empty where it was."""
    said: Sequence[str] = ()
    there: Collection[str] = ()
    told: Sequence[tuple[str, Collection[str]]] = ()


def _ask_series(inner: RunContext, state: HostState, part: SetHost, cancel: CancelToken) -> _Series:
    """Ask InfluxDB which series some of its databases have; called in a thread.

    Raises:
        Cancelled: `cancel` was set.
    """
    engine = inner.site.host(state.name).engine
    container = state.layout.stores["influxdb"].container
    said = sorted(part.stores["influxdb"].get("databases", []))
    notes: list[str] = []
    try:
        there = databases(engine, container, notes.append)
        chosen = [name for name in spread(Counter(said)) if name in there]
        told = list(measurements(engine, container, chosen, notes.append, cancel))
    except Cancelled:
        raise
    except _TOLD as error:
        return _Series(notes, error.what if isinstance(error, PryvTuiError) else str(error))
    return _Series(notes, "", said, there, told)


def spread(counts: Mapping[str, int]) -> list[str]:
    """Some of all names, evenly over their order: the same for the same set."""
    names = sorted(name for name in counts if name)
    step = max(1, -(-len(names) // SAMPLE))
    return names[::step]


def hash_of(root: Path, relative: bytes) -> bytes:
    """The SHA-256 of a file of the sandbox; empty where it can't be read."""
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


class Known(NamedTuple):
    """The accounts that the sandbox and the live platform know in a role."""

    role: str
    then: Accounts
    live: Accounts | None
    """None where the live platform has none of that role."""


class _Asked(NamedTuple):
    """What registers and indexes told."""

    known: Sequence[Known]
    notes: Sequence[tuple[RunContext, str]]
    """What is to be noted of that, and where: a journal has one writer, who waits meanwhile."""


def _ask_accounts(ctx: RunContext, inner: RunContext, sandbox: Deployment) -> _Asked:
    """Ask the sandbox and the live platform which accounts they know; called in a thread."""
    known: list[Known] = []
    notes: list[tuple[RunContext, str]] = []
    for role in ("register", "core"):
        then = known_accounts(inner, sandbox, role, lambda text: notes.append((inner, text)))
        if then is not None:
            live = known_accounts(ctx, ctx.deployment, role, lambda text: notes.append((ctx, text)))
            known.append(Known(role, then, live))
    return _Asked(known, notes)


def tell_erased(ctx: RunContext, asked: _Asked) -> None:
    """Count the accounts that came back and that the live platform no longer has.

    Their names go into a file beside the journal, which its owner alone can read.
    """
    for of, words in asked.notes:
        of.report.note(words)
    names: set[str] = set()
    for role, then, live in asked.known:
        if live is None:
            ctx.report.drilled(Erased(count=None, role=role, why="it is not found live"))
        elif then.names is None or live.names is None:
            ctx.report.drilled(Erased(count=None, role=role, why=then.why or live.why))
        else:
            gone = then.names - live.names
            names |= gone
            ctx.report.drilled(Erased(count=len(gone), role=role))
    if not names:
        return
    folder = ctx.site.state / RUNS / ctx.run_id
    if folder.is_dir():
        write_durably(folder / NAMES_FILE, ("\n".join(sorted(names)) + "\n").encode())
    ctx.warn(
        f"{counted(len(names), 'account')} of the set erased on the live platform since: a restore"
        " of it brings back what was erased"
    )


def known_accounts(
    ctx: RunContext, deployment: Deployment, role: str, tell: Callable[[str], None] | None = None
) -> Accounts | None:
    """The accounts that a platform's register or core knows now; None where it has none.

    Args:
        tell: is told of what is waited for; None: it is noted in the run.
    """
    tell = tell or ctx.report.note
    found: list[Accounts] = []
    for state in deployment.hosts:
        if role not in state.roles:
            continue
        if role == "core":
            found.append(indexed_now(state))
        elif "redis" in state.layout.stores:
            found.append(registered_now(ctx.site.host(state.name).engine, state, tell))
    if not found:
        return None
    unknown = next((one for one in found if one.names is None), None)
    if unknown is not None:
        return unknown
    return Accounts(frozenset().union(*(one.names or frozenset() for one in found)))
