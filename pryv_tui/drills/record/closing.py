"""Write the record of a drill that is over, whatever its outcome.

The record is written last, after the sandbox was removed, and never changes. What comes later (a
signature, a review, the closing of a finding) is in files beside it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path

import msgspec

from pryv_tui import __version__
from pryv_tui.clock import timestamp
from pryv_tui.drills import files, model
from pryv_tui.drills.files import Filed
from pryv_tui.drills.noting.accounts import held_until, set_of, stores_in
from pryv_tui.drills.noting.comparing import compared_with
from pryv_tui.drills.noting.remembered import remember
from pryv_tui.drills.noting.under_way import open_for
from pryv_tui.drills.noting.written import as_compared, let_in_now
from pryv_tui.drills.privacy import Names, all_names, cleaned
from pryv_tui.drills.record.erased import names_in, write_operators_file
from pryv_tui.drills.record.gathering import NO_ONE, record_of
from pryv_tui.drills.record.told import Gathered, RunTold, facts_of_runs
from pryv_tui.drills.report.writing import write_pages
from pryv_tui.drills.signing.order import numbered_twice
from pryv_tui.drills.signing.papers import PAGE, enlist, listed, missing_of, not_as_listed
from pryv_tui.drills.signing.unfinished import since
from pryv_tui.errors import PryvTuiError
from pryv_tui.filesystem.durable import write_durably
from pryv_tui.incidents import files as incidents
from pryv_tui.incidents.events import FactFound, Opened, Planned, RunNamed
from pryv_tui.incidents.files import not_written, read_events
from pryv_tui.operations.drilling.clearing import Cleared, proof_of
from pryv_tui.operations.drilling.facts import Disposal, Sandbox
from pryv_tui.operations.kinds.drill import Drill
from pryv_tui.operations.settings.identity import platform_of
from pryv_tui.operations.settings.resolve import Settings
from pryv_tui.operations.steps.drilling.room import WAITS
from pryv_tui.reading import open_file
from pryv_tui.runs.record.events import (
    NewerCounted,
    PhaseNoted,
    RunFinished,
    RunPlanned,
    RunStarted,
)
from pryv_tui.runs.record.history import RunRecord, read_run, runs_folder
from pryv_tui.runs.record.journal import JournalReader
from pryv_tui.runs.record.request import read_request
from pryv_tui.secrets import hidden
from pryv_tui.who import Who

CRITERIA = (
    "Every check passes",
    "Before any data is in the sandbox, nothing in it reaches anything outside",
    "The live platform is the same after the drill as before",
    "Nothing of the sandbox is left",
)
"""The criteria of a sandbox drill that has no plan in its journal."""


def close_drill(
    settings: Settings,
    drill: str,
    *,
    runs: Sequence[str] = (),
    erased: Collection[str] | None = None,
    names: Collection[str] = (),
) -> Filed:
    """Write the record of a drill that is over. If it has a record, that record is kept.

    The facts come from the drill's journal (`<state>/drills/<id>/`), the journals of its runs and
    the set's manifest. Call this after the sandbox was removed: the record contains the proof of
    that.

    Args:
        drill: the drill's id. If the drill has no journal, only the run with this id is used.
        runs: ids of further runs of the drill, besides those named in its journal and the run with
            the drill's id.
        erased: names of the accounts that are in the set and no longer on the live platform; they
            are written only into the operator's file. None: use the names that the runs left in
            their folders.
        names: more names of accounts that must not appear in the record.

    Raises:
        PryvTuiError: `drill-unknown`, there is neither a journal nor a run of this id; `refused`, a
            run of the drill is still running, or the drill's record was written and is missing;
            `step-failed` or `disk-full`, the record could not be written.
    """
    state = Path(settings.state)
    folder = files.folder_of(state, drill)
    with incidents.locked(state, files.FOLDER):
        there = files.read_record(folder)
        if there is not None:
            finish(settings, there)
            return there
        if drill in missing_of(state):
            raise PryvTuiError(
                "refused",
                f"the record of the drill {drill} was written, but is gone; no second one is"
                " written",
                "See what else has changed: pryv-tui drill verify",
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
                f"the run {going[0]} of the drill {drill} is still running: there is nothing to"
                " record yet",
                f"Follow it: pryv-tui attach {going[0]}",
            )
        if not events:
            open_for(settings, drill, records[0])
        let_in_now(settings, drill)
        events, problems = read_events(folder)
        told = [_told(one) for one in records]
        asked = _settings_of(settings, records)
        if not any(isinstance(one, Planned) for one in events):
            events += _planned_by(records)
        events += _unproven(state, drill, told, events)
        opened = next((one for one in events if isinstance(one, Opened)), Opened())
        found, backup = set_of(asked, _set_named(events, told, records))
        found = _with_choice(found, records, told)
        compared = compared_with(asked, found, backup)
        gone = all_names(*[erased] if erased is not None else names_in(records))
        operators = write_operators_file(folder, drill, gone)
        gathered = Gathered(
            drill=drill,
            events=tuple(as_compared(events, compared)),
            runs=tuple(told),
            problems=tuple(problems),
            set=found,
            tool=f"pryv-tui {__version__}",
            release=(backup.manifest.release or "") if backup and backup.manifest else "",
            configuration_sha256=_configuration(asked),
            chain=_chain(state, opened.platform or platform_of(settings), folder, records),
            erased_file=operators,
            erased=len(gone),
            now=timestamp(),
            held=held_until(backup),
            stores=stores_in(backup),
            played=tuple(_told(one) for one in files.played_runs(folder)),
        )
        known = Names({*compared.known, *all_names(names, gone, _in_runs(told))})
        if found.id and not compared.why:
            remember(state, drill, known)
        record = cleaned(
            record_of(gathered),
            known,
            enough=not compared.why,
            why=compared.not_all,
        )
        try:
            write_durably(folder / files.RECORD, model.encode(record))
        except OSError as error:
            said = f"the record of the drill {drill} was not written"
            raise not_written(state, error, files.FOLDER, said) from error
        filed = files.read_record(folder)
        if filed is None:
            raise PryvTuiError("internal", f"the drill {drill} left no record in {folder}")
        finish(settings, filed)
    return filed


def finish(settings: Settings, filed: Filed) -> None:
    """Put a record on the list of hashes and write its pages, unless that is already done.

    `PAGE` is written last: if it exists, all of this was done.
    """
    if (filed.folder / PAGE).exists():
        return
    on_list = listed(filed.folder.parent).get(f"{filed.folder.name}/{files.RECORD}")
    if on_list not in (None, filed.sha256):
        # The record was edited: pages made from it would say what the original never said.
        return
    try:
        if on_list is None:
            # A hash on the list is never replaced: the record has to match it.
            enlist(filed.folder, files.RECORD)
        write_pages(filed, settings.given)
    except OSError as error:
        said = f"the record of the drill {filed.folder.name} is written, but its pages are not"
        raise not_written(Path(settings.state), error, files.FOLDER, said) from error


def _planned_by(records: Sequence[RunRecord]) -> list[Planned]:
    """Return the plan and targets of a drill that was started as a run only. They are taken from
    the settings in the run's request."""
    for run in records:
        request = read_request(Path(run.folder))
        if run.kind != files.KIND or request is None:
            continue
        asked = request.settings
        by = run.by or Who()
        which = f"The set {run.set}" if run.set else "The newest set"
        return [
            Planned(
                time=run.asked,
                by=by,
                exercise="sandbox",
                objectives=[
                    "A set is restored beside the platform, and the restored data is checked"
                ],
                scope=[f"{which}: {', '.join(run.roles) or 'all its roles'}"],
                criteria=list(CRITERIA),
                rto=asked.rto,
                rpo=asked.rpo,
                every=asked.drill_every,
                set=run.set,
                depth=str(getattr(request, "depth", "")),
                unattended=by.how in NO_ONE,
            )
        ]
    return []


def _with_choice(
    found: model.SetOnRecord, records: Sequence[RunRecord], told: Sequence[RunTold]
) -> model.SetOnRecord:
    """Add how the set was chosen (by name, or as the newest one), which is in the run's request."""
    asked = [read_request(Path(one.folder)) for one in records if one.kind == files.KIND]
    request = next((one for one in asked if isinstance(one, Drill)), None)
    if request is None:
        return found
    if not request.latest:
        return msgspec.structs.replace(found, chosen="named")
    events = [event for run in told for event in run.events]
    waited = any(isinstance(one, PhaseNoted) and one.phase.name == WAITS for one in events)
    if waited and not any(isinstance(one, RunPlanned) for one in events):
        # An earlier version used the set chosen before the wait, or the run ended during the wait.
        return found
    before = request.set_id if found.id and request.set_id != found.id else ""
    return msgspec.structs.replace(found, chosen="newest", newest_when_asked=before)


def _unproven(
    state: Path, drill: str, told: Sequence[RunTold], events: Sequence[object]
) -> list[FactFound]:
    """Return facts about the removal of a sandbox whose run died before it had removed the sandbox.
    A part whose removal nobody checked has no proof."""
    facts = [one.fact for one in facts_of_runs(told)]
    roots = [one.root for one in facts if isinstance(one, Sandbox)]
    gone = [one for one in events if isinstance(one, FactFound) and one.disposal is not None]
    seen = {one.what for one in facts if isinstance(one, Disposal)}
    # The folder is removed last: without proof of its removal, not everything was removed.
    if not roots or gone or seen.issuperset(roots):
        return []
    if cleared := proof_of(runs_folder(state) / drill):
        return [FactFound(time=one.when, disposal=one) for one in cleared]
    now = timestamp()
    found = [
        Disposal(what=root, when=now, proof="no such folder any more")
        for root in roots
        if not Path(root).exists()
    ]
    # Nobody asked the engine, so there is no proof that the containers are gone.
    found.append(Disposal(what=f"the containers of {drill}", when=now, proof=""))
    return [FactFound(time=now, disposal=one) for one in found]


def note_cleared(settings: Settings, cleared: Iterable[Cleared]) -> None:
    """Write the proof that leftover sandboxes are gone into the journals of their drills. The
    record of a drill that died is not written without it.

    Raises:
        PryvTuiError: the journal could not be written.
    """
    state = Path(settings.state)
    for one in cleared:
        run = read_run(runs_folder(state) / one.drill)
        if run is None or not one.gone or one.problem or one.goes_on:
            continue
        with incidents.locked(state, files.FOLDER):
            if read_events(files.folder_of(state, one.drill)) == ([], []):
                open_for(settings, one.drill, run)
            facts = [FactFound(disposal=each) for each in one.gone]
            incidents.append(state, one.drill, facts, home=files.FOLDER)


def _runs(state: Path, names: Iterable[str]) -> list[RunRecord]:
    found = [read_run(runs_folder(state) / name) for name in dict.fromkeys(names) if name]
    return sorted((one for one in found if one is not None), key=lambda one: one.asked)


def _told(run: RunRecord) -> RunTold:
    reader = JournalReader(run.journal)
    events = tuple(reader.read())
    return RunTold(run.id, events, run.state, reader.unread, run.asked)


def _settings_of(settings: Settings, records: Sequence[RunRecord]) -> Settings:
    """Return the settings in the first saved request of the runs; without any, the present
    settings."""
    asked = [read_request(Path(one.folder)) for one in records]
    return next((one.settings for one in asked if one is not None), settings)


def _configuration(settings: Settings) -> str:
    """Return the SHA-256 of the settings, without values that may be passwords."""
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
    """Return the account names in the journals of the runs. They must not appear in the record.
    They are accounts newer than the set, accounts and file owners in the live audit of a
    restore, and an account that could not be read."""
    found: set[str] = set()
    for run in told:
        for event in run.events:
            if isinstance(event, NewerCounted | RunFinished):
                found |= {name for one in event.newer for name in one.names}
            if isinstance(event, RunFinished) and event.failure is not None:
                found |= {event.failure.account} - {""}
            if isinstance(event, RunFinished) and event.live is not None:
                found |= {name for names in event.live.names.values() for name in names}
                found |= set(event.live.people.values())
    return found


def _chain(state: Path, platform: str, folder: Path, records: Sequence[RunRecord]) -> model.Chain:
    before = files.records_of(state, platform)
    known = listed(folder.parent)
    strange = {one.drill for one in numbered_twice(folder.parent, before) if one.level == "failed"}
    last, was = _last_of([one for one in before if one.folder.name not in strange], known)
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
        previous=last.folder.name if last is not None else "",
        previous_sha256=was,
        sources=tuple(sources),
        papers=since(before),
        without=tuple(sorted({*not_as_listed(folder.parent), *strange})),
    )


def _last_of(before: Sequence[Filed], known: Mapping[str, str]) -> tuple[Filed | None, str]:
    """Return the last record of the chain, and the hash that it had when it was written.

    An edited record counts if its id, number and predecessor still fit. Otherwise it is skipped:
    the next record would keep an edited number even after the original has been put back.

    Args:
        known: the list of hashes.
    """
    last: Filed | None = None
    was = ""
    for one in before:
        name, chain = one.folder.name, one.record.chain
        told = known.get(f"{name}/{files.RECORD}", one.sha256)
        after, place = (last.folder.name, last.record.chain.number) if last else ("", 0)
        fits = (one.record.id, chain.previous, chain.number) == (name, after, place + 1)
        if told == one.sha256 or fits:
            last, was = one, told
    return last, was
