"""A drill is over: its record is written, whatever came of it.

It is written last, when the sandbox has been taken down, and then never again: what comes later (a
signature, a review, a finding that is closed) stands beside it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path

import msgspec

from pryv_tui import __version__
from pryv_tui.clock import timestamp
from pryv_tui.drills import files, model
from pryv_tui.drills.files import Filed
from pryv_tui.drills.privacy import Names, all_names, cleaned
from pryv_tui.drills.record.accounts import accounts_in, set_of
from pryv_tui.drills.record.erased import names_in, write_operators_file
from pryv_tui.drills.record.gathering import record_of
from pryv_tui.drills.record.told import Gathered, RunTold, facts_of_runs
from pryv_tui.drills.report.writing import write_pages
from pryv_tui.drills.signing.papers import enlist, missing_of
from pryv_tui.errors import PryvTuiError
from pryv_tui.filesystem.durable import write_durably
from pryv_tui.incidents import files as incidents
from pryv_tui.incidents.events import Opened, Planned, RunNamed
from pryv_tui.incidents.files import not_written, read_events
from pryv_tui.incidents.gathering import platform_of
from pryv_tui.operations.drilling.facts import Sandbox
from pryv_tui.operations.settings.resolve import Settings
from pryv_tui.reading import open_file
from pryv_tui.runs.record.events import NewerCounted, RunFinished, RunStarted
from pryv_tui.runs.record.history import RunRecord, read_run, request_of, runs_folder
from pryv_tui.runs.record.journal import JournalReader
from pryv_tui.secrets import hidden


def close_drill(
    settings: Settings,
    drill: str,
    *,
    runs: Sequence[str] = (),
    erased: Collection[str] | None = None,
    names: Collection[str] = (),
) -> Filed:
    """Write the record of a drill that is over; one that has its record keeps it.

    What happened is read from the drill's journal (`<state>/drills/<id>/`), the journals of its
    runs and the set's manifest. It is called after the teardown: the record holds its proof.

    Args:
        drill: its id. Where it has no journal of its own, that of the run of this id tells all.
        runs: ids of runs that belong to it, beside those that its journal names and the one that
            has its id.
        erased: the names of the accounts that the set holds and the live platform no longer has;
            they are written into the operator's file alone. None: what the runs have left of them
            in their folders is taken.
        names: more names of accounts, that must not stand in the record.

    Raises:
        PryvTuiError: `drill-unknown`, there is neither a journal nor a run of this id; `refused`,
            a run of it goes on, or it had a record, which is gone; `step-failed` or `disk-full`, it
            could not be written.
    """
    state = Path(settings.state)
    folder = files.folder_of(state, drill)
    with incidents.locked(state, files.FOLDER):
        there = files.read_record(folder)
        if there is not None:
            return there
        if drill in missing_of(state):
            raise PryvTuiError(
                "refused",
                f"the record of the drill {drill} was written, and is gone: no other takes its"
                " place",
                "See what else is another one than it was: pryv-tui drill verify",
            )
        events, problems = read_events(folder)
        named = [one.run for one in events if isinstance(one, RunNamed)]
        records = _runs(state, [drill, *named, *runs])
        if not events and not records:
            raise PryvTuiError("drill-unknown", f"no drill {drill!r} is known in {state}")
        going = [one.id for one in records if one.state in ("starting", "running")]
        if going:
            raise PryvTuiError(
                "refused",
                f"the run {going[0]} of the drill {drill} goes on: there is nothing to record yet",
                f"Follow it: pryv-tui attach {going[0]}",
            )
        if not events:
            _open_for(settings, drill, records[0], state)
            events, problems = read_events(folder)
        told = [_told(one) for one in records]
        asked = _settings_of(settings, records)
        opened = next((one for one in events if isinstance(one, Opened)), Opened())
        found, backup = set_of(asked, _set_named(events, told, records))
        gone = all_names(*[erased] if erased is not None else names_in(records))
        operators = write_operators_file(folder, drill, gone)
        gathered = Gathered(
            drill=drill,
            events=tuple(events),
            runs=tuple(told),
            problems=tuple(problems),
            set=found,
            tool=f"pryv-tui {__version__}",
            release=(backup.manifest.release or "") if backup and backup.manifest else "",
            configuration_sha256=_configuration(asked),
            chain=_chain(state, opened.platform or platform_of(settings), folder, records),
            erased_file=operators,
            now=timestamp(),
        )
        known, why = accounts_in(backup, found)
        more = all_names(names, gone, _in_runs(told))
        record = cleaned(record_of(gathered), Names({*known, *more}), compared=not why, why=why)
        try:
            write_durably(folder / files.RECORD, model.encode(record))
            enlist(folder, files.RECORD)
            filed = files.read_record(folder)
            if filed is None:
                raise PryvTuiError("internal", f"the drill {drill} left no record in {folder}")
            write_pages(filed)
        except OSError as error:
            raise not_written(state, error) from error
    return filed


def close_what_ended(settings: Settings, kind: str = files.KIND) -> list[Filed]:
    """Write the record of each sandbox drill whose run has ended or died and that has none yet: a
    run outlives whoever started it, and dies without a word. Played drills that were left are
    closed by who plays them.

    Raises:
        PryvTuiError: what `close_drill` raises.
    """
    state = Path(settings.state)
    mine = platform_of(settings)
    found = []
    gone = missing_of(state)
    for folder in _run_folders(state, kind):
        if (files.folder_of(state, folder.name) / files.RECORD).exists() or folder.name in gone:
            continue
        run = read_run(folder)
        if run is None or run.kind != kind or run.state not in ("ended", "died"):
            continue
        request = request_of(run)
        if request is None or platform_of(request.settings) == mine:
            found.append(close_drill(settings, run.id))
    return found


def _run_folders(state: Path, kind: str) -> list[Path]:
    """Those of runs of a kind by their names, the oldest first: none of them is read for that."""
    try:
        return sorted(runs_folder(state).glob(f"*Z-{kind}-*"))
    except OSError:
        return []


def _open_for(settings: Settings, drill: str, run: RunRecord, state: Path) -> None:
    """Give a drill that began as a run alone its journal: nothing was fixed before it."""
    opened = Opened(
        kind=files.KIND,
        platform=platform_of(settings),
        domain=run.domain,
        practice=settings.practice is not None,
        text="",
    )
    incidents.create(
        state, [opened, RunNamed(run=run.id)], by=run.by, home=files.FOLDER, name=drill
    )


def _runs(state: Path, names: Iterable[str]) -> list[RunRecord]:
    found = [read_run(runs_folder(state) / name) for name in dict.fromkeys(names) if name]
    return sorted((one for one in found if one is not None), key=lambda one: one.asked)


def _told(run: RunRecord) -> RunTold:
    reader = JournalReader(run.journal)
    events = tuple(reader.read())
    return RunTold(run.id, events, run.state, reader.unread)


def _settings_of(settings: Settings, records: Sequence[RunRecord]) -> Settings:
    """The settings that the drill was started with, as far as its runs tell them."""
    asked = [request.settings for one in records if (request := request_of(one)) is not None]
    return asked[0] if asked else settings


def _configuration(settings: Settings) -> str:
    """The hash of what was configured; what may be a password is not part of it."""
    tree = msgspec.to_builtins(settings)
    text = json.dumps(tree, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(hidden(text).encode()).hexdigest()


def _set_named(
    events: Sequence[object], told: Sequence[RunTold], records: Sequence[RunRecord]
) -> str:
    planned = next((one for one in events if isinstance(one, Planned)), None)
    starts = [one for run in told for one in run.events if isinstance(one, RunStarted)]
    ran = [one.set for one in starts if one.set]
    sandbox = [
        one.fact.set
        for one in facts_of_runs(told)
        if isinstance(one.fact, Sandbox) and one.fact.set
    ]
    named = [planned.set] if planned is not None and planned.set else []
    return next(iter([*sandbox, *ran, *named, *(one.set for one in records if one.set)]), "")


def _in_runs(told: Sequence[RunTold]) -> set[str]:
    """Names that the journals of the runs hold: accounts that were newer than the set, or lacked
    their other half."""
    found: set[str] = set()
    for run in told:
        for event in run.events:
            if isinstance(event, NewerCounted | RunFinished):
                found |= {name for one in event.newer for name in one.names}
            if isinstance(event, RunFinished) and event.live is not None:
                found |= {name for names in event.live.names.values() for name in names}
    return found


def _chain(state: Path, platform: str, folder: Path, records: Sequence[RunRecord]) -> model.Chain:
    before = files.records_of(state, platform)
    last = before[-1] if before else None
    sources = []
    for name, path in [
        ("drill", folder / incidents.NAME),
        *((one.id, one.journal) for one in records),
    ]:
        try:
            with open_file(path, follow=False) as file:
                digest = hashlib.file_digest(file, "sha256").hexdigest()
                sources.append(model.Source(name=name, bytes=file.tell(), sha256=digest))
        except OSError:
            continue
    return model.Chain(
        platform=platform,
        number=last.record.chain.number + 1 if last is not None else 1,
        previous=last.record.id if last is not None else "",
        previous_sha256=last.sha256 if last is not None else "",
        sources=tuple(sources),
    )
