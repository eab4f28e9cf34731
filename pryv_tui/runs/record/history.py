"""The runs in a state folder: what each did, and whether it is running, has ended or has died."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Literal

import msgspec

from pryv_tui import own_folder
from pryv_tui.clock import now_seconds
from pryv_tui.decoding import Undecodable, read_json, why
from pryv_tui.errors import PryvTuiError, ambiguous
from pryv_tui.operations import debts
from pryv_tui.operations.activity import WorkerMark as WorkerMark
from pryv_tui.operations.activity import alive as alive
from pryv_tui.operations.activity import mark_of as mark_of
from pryv_tui.operations.activity import worker_on
from pryv_tui.operations.advice import Failure
from pryv_tui.operations.debts import Owed
from pryv_tui.operations.facts import SeenContainer
from pryv_tui.operations.kind import Request, kind_of, known_kind
from pryv_tui.operations.root.aside import kept_folders, still_aside
from pryv_tui.operations.settings.resolve import Settings
from pryv_tui.operations.site import RUNS
from pryv_tui.reading import Remembered, open_file
from pryv_tui.runs.record.events import (
    AnyEvent,
    ContainersFound,
    OwedNoted,
    RunFinished,
    RunPlanned,
    RunStarted,
    SettledNoted,
)
from pryv_tui.runs.record.journal import NAME as JOURNAL
from pryv_tui.runs.record.journal import JournalReader
from pryv_tui.runs.record.request import NAME as REQUEST
from pryv_tui.runs.record.request import (
    NAMED,
    asked_by_name,
    kind_by_name,
    look_at_request,
    read_request,
)
from pryv_tui.sanitize import one_line
from pryv_tui.who import Who

WORKER = "worker.json"
YOUNG_SECONDS = 20.0
"""Seconds that a run may have no worker process: it is requested before the worker is started."""

RunState = Literal["starting", "running", "ended", "died"]


class RunRecord(msgspec.Struct, frozen=True, kw_only=True):
    """One run, according to its journal."""

    id: str
    folder: str
    kind: str
    state: RunState
    pid: int | None
    asked: str
    started: str
    finished: str = ""
    outcome: str = ""
    exit: int | None = None
    set: str = ""
    roles: tuple[str, ...] = ()
    domain: str = ""
    """The domain of the platform, as it was when the run began."""
    what: str = ""
    failure: Failure | None = None
    """Why the run did not come to its end; None if it did."""
    label: str = ""
    by: Who | None = None
    """Who asked for the run; None if that is not recorded."""
    cancel_by: Who | None = None
    """Who asked the run to end; None if nobody did, or it has not ended."""
    problems: tuple[str, ...] = ()
    """What can't be read of the run, each with the reason. The other fields come from the rest."""

    @property
    def journal(self) -> Path:
        return Path(self.folder) / JOURNAL


def runs_folder(state: Path) -> Path:
    return state / RUNS


def state_of(record: RunRecord) -> Path:
    """Return the state folder that contains a run."""
    return Path(record.folder).parent.parent


def read_run(folder: Path | str) -> RunRecord | None:
    """Return the record of one run; None if the folder is not a run's.

    If a part can't be read, the record is made from the rest.
    """
    at = os.fspath(folder)  # text costs less than paths, and all runs are asked for many times
    return _ENDED.of(at, f"{at}/{REQUEST}", f"{at}/{WORKER}", f"{at}/{JOURNAL}")


def _read_run(at: str) -> RunRecord | None:
    folder = Path(at)
    request, problem = look_at_request(folder)
    if request is None:
        told = (folder / JOURNAL).exists() or (folder / WORKER).exists()
        if not (told or (problem and NAMED.fullmatch(folder.name))):
            return None
        problem = problem or f"{REQUEST} is missing"
    problems = [problem] if problem else []
    mark = None
    try:
        mark = read_json(folder / WORKER, WorkerMark)
    except FileNotFoundError:
        pass
    except (OSError, Undecodable) as error:
        problems.append(f"{WORKER} can't be read: {why(error)}")
        mark = worker_on(folder)
    # Ask before the journal is read: if the worker is gone by then, its journal is complete.
    lives = alive(mark) if mark is not None else len(problems) == bool(problem) and _begins(folder)
    asked = request.asked if request is not None else asked_by_name(folder.name)
    started, finished, end = asked, "", None
    kind = request.kind if request is not None else kind_by_name(folder.name)
    set_id = request.set_known if request is not None else ""
    roles, domain = request.roles if request is not None else (), ""
    by = request.by if request is not None else None
    for event in _ends(folder / JOURNAL):
        if isinstance(event, RunPlanned):
            roles, set_id = tuple(event.roles), event.set
        elif isinstance(event, RunStarted):
            started, roles, domain = event.time, tuple(event.roles), event.domain
            by = event.by or by
            if request is None:
                # The id has whole seconds only; the journal's time of the beginning is finer.
                kind, asked = event.kind, event.time
            set_id = event.set or set_id
        elif isinstance(event, RunFinished):
            end, finished = event, event.time
            set_id = event.set or set_id
    state: RunState
    if end is not None:
        state = "ended"
    elif not lives:
        state = "died"
    else:
        state = "running" if mark is not None else "starting"
    return RunRecord(
        # The folder's name is the run's id, even if a file in it says otherwise.
        id=folder.name,
        folder=str(folder),
        kind=kind,
        state=state,
        pid=mark.pid if mark else None,
        asked=asked,
        started=started,
        finished=finished,
        outcome=end.outcome if end else "",
        exit=end.exit if end else None,
        set=set_id,
        roles=roles,
        domain=domain,
        what=end.what if end else "",
        failure=end.failure if end else None,
        label=one_line(request.label) if request is not None else "",
        by=by,
        cancel_by=end.cancel_by if end else None,
        problems=tuple(map(one_line, problems)),
    )


_ENDED: Remembered[RunRecord | None] = Remembered(
    _read_run, keep=lambda record: record is not None and record.state == "ended"
)
"""Only ended runs are remembered: the files of another run don't tell whether it is still alive."""


_END, _PLAN = b'"run_finished"', b'"run_planned"'
"""Only lines with these bytes are decoded: each look at all runs would decode dozens of others."""


def _ends(journal: Path) -> list[object]:
    """Return a journal's first event, the plan of a run that had to wait, and any end found in the
    last lines. A long journal is never read completely."""
    from pryv_tui.runs.record.events import decode_event

    found: list[object] = []
    try:
        with open_file(journal, follow=False) as file:
            head = file.readline(1 << 22)
            found.append(decode_event(head.rstrip(b"\n")))
            if isinstance(found[0], RunStarted) and not found[0].plan:
                # Between the two, the journal has only a rare note of what the run waits for.
                told = file.read(1 << 20).split(b"\n")
                found += [decode_event(line) for line in told if _PLAN in line][:1]
            size = os.fstat(file.fileno()).st_size
            file.seek(max(len(head), size - (1 << 20)))
            last = file.read().split(b"\n")[-12:]
            found += [decode_event(line) for line in last if _END in line]
    except OSError:
        return []
    return [event for event in found if event is not None]


def untold(record: RunRecord) -> str:
    """Return why the journal of a dead run has no content; empty if it has some."""
    try:
        written = record.state != "died" or record.journal.stat().st_size
    except OSError:
        return "it has no journal"
    return "" if written else "its journal is empty"


def _begins(folder: Path) -> bool:
    """Whether a run whose worker has written no mark may still begin: its process exists (a busy
    machine may be slow), or the run was requested just now."""
    try:
        # `abs`: after the clock was set back, an old request must not look young for hours.
        young = abs(now_seconds() - (folder / REQUEST).stat().st_mtime) < YOUNG_SECONDS
    except OSError:
        young = False
    return young or worker_on(folder) is not None


def all_runs(state: Path) -> list[RunRecord]:
    """Return every run known here, oldest first."""
    runs = os.fspath(runs_folder(state))
    try:
        names = sorted(os.listdir(runs))  # noqa: PTH208 - text
    except OSError:
        return []
    known = [record for name in names if (record := read_run(f"{runs}/{name}")) is not None]
    # Ids have whole seconds only, so sort by the finer time of the request.
    return sorted(known, key=lambda record: record.asked)


def request_of(record: RunRecord) -> Request | None:
    """Return what a run was asked to do. If its request can't be read, use its journal.

    None if the run's kind is not known.
    """
    request = read_request(Path(record.folder))
    kind = known_kind(record.kind)
    if request is not None or kind is None:
        return request
    back = [owed for owed in debts_of(record).owed if owed.kind == "return"]
    told: dict[str, Any] = {
        "roles": record.roles,
        "set_id": record.set,
        "undone_run": Path(back[0].where).name if back else "",
    }
    return kind(
        run=record.id,
        # The vault is not known here: the caller has the settings of the platform.
        settings=Settings(vault="", state=str(Path(record.folder).parent.parent)),
        asked=record.asked,
        **{name: value for name, value in told.items() if name in kind.__struct_fields__},
    )


def can_be_undone(record: RunRecord) -> bool:
    """Whether content that a restore moved aside is still there. It is gone if a cancelled restore
    put it back, after an undo, and after an operator released it."""
    stopped = record.state in ("ended", "died") and record.outcome != "refused"
    if record.kind != "restore" or not stopped:
        return False
    owed = debts_of(record).owed
    return any(one.kind == "aside" and still_aside(Path(one.where)) for one in owed)


def keeps_something(record: RunRecord) -> bool:
    """Whether content that a restore or an undo moved aside is still there, in any state."""
    if not kind_of(record.kind).moves_roots or record.state not in ("ended", "died"):
        return False
    roots = {Path(owed.what) for owed in debts.of_roots(debts_of(record).owed)}
    folders = [path for root in roots for path in kept_folders(root)]
    return any(own_folder.run_of(path) == record.id for path in folders)


def resolve_run(state: Path, name: str) -> RunRecord:
    """Return the run with a name: an id, an unambiguous prefix of one, or `latest`.

    Raises:
        PryvTuiError: `run-unknown`: the name is empty, unknown or ambiguous.
    """
    if not name.strip():
        raise PryvTuiError("run-unknown", "the name of the run is empty")
    known = all_runs(state)
    if name == "latest":
        if not known:
            raise PryvTuiError("run-unknown", f"no run is known in {state}")
        return known[-1]
    matches = [r for r in known if r.id == name] or [r for r in known if r.id.startswith(name)]
    if not matches:
        raise PryvTuiError("run-unknown", f"no run {name!r} is known in {state}")
    if len(matches) > 1:
        raise ambiguous("run-unknown", name, (r.id for r in matches))
    return matches[0]


class Debts(msgspec.Struct, frozen=True, kw_only=True):
    """The changes that a run recorded before it made them, so that they can be put back."""

    owed: tuple[Owed, ...] = ()
    settled: tuple[Owed, ...] = ()
    unread: int = 0
    """Number of journal lines that can't be read; their content is not known."""
    doubted: int = 0
    """Number of debts in the journal that this program can't have written; they are ignored."""
    seen: dict[str, tuple[SeenContainer, ...]] = {}
    """By host, its containers as they were before the run stopped the first."""
    down_at: dict[tuple[str, str], str] = {}
    """For each host and container, when the journal says it was stopped or paused: the first time
    since it last ran."""

    @property
    def outstanding(self) -> list[Owed]:
        """The debts that still have to be put back."""
        return debts.outstanding(self.owed, self.settled)

    @property
    def ran(self) -> dict[str, list[str]]:
        """By host, the containers that the run has to start again, whether or not it did."""
        found: dict[str, list[str]] = {}
        for owed in self.owed:
            if owed.kind == "start":
                found.setdefault(owed.host, []).append(owed.what)
        return found


def debts_of(record: RunRecord) -> Debts:
    """Return a run's debts from its journal, without those that this program can't have written."""
    return _DEBTS.of(record.folder, f"{record.folder}/{JOURNAL}")


def _read_debts(folder: str) -> Debts:
    reader = JournalReader(Path(folder) / JOURNAL)
    told = debts_in(reader.read())
    owed = tuple(one for one in told.owed if debts.credible(one))
    doubted = len(told.owed) - len(owed)
    return msgspec.structs.replace(told, owed=owed, unread=reader.unread, doubted=doubted)


_DEBTS: Remembered[Debts] = Remembered(_read_debts)
"""Remembered, since a plan asks for each restore's debts many times and journals are long."""


def debts_in(events: Iterable[AnyEvent]) -> Debts:
    """Return the debts that the events of one run record."""
    owed: list[Owed] = []
    settled: list[Owed] = []
    seen: dict[str, tuple[SeenContainer, ...]] = {}
    down_at: dict[tuple[str, str], str] = {}
    for event in events:
        if isinstance(event, ContainersFound):
            seen.setdefault(event.host, tuple(event.containers))
        elif isinstance(event, OwedNoted):
            # Owed again after it was put back: the later event counts.
            settled = [one for one in settled if one != event.owed]
            if event.owed not in owed:
                owed.append(event.owed)
            if event.owed.kind in debts.DOWN_DEBTS:
                down_at.setdefault((event.owed.host, event.owed.what), event.time)
        elif isinstance(event, SettledNoted):
            settled.append(event.owed)
            if event.owed.kind in debts.DOWN_DEBTS:
                down_at.pop((event.owed.host, event.owed.what), None)
    return Debts(owed=tuple(owed), settled=tuple(settled), seen=seen, down_at=down_at)


def policies_owed(state: Path) -> dict[tuple[str, str], str]:
    """Return the restart policies that runs changed and none has set back, by host and name."""
    found: dict[tuple[str, str], str] = {}
    for record in all_runs(state):
        for owed, where in _POLICIES.of(record.folder, f"{record.folder}/{JOURNAL}"):
            if where is None:
                found.pop(owed, None)
            else:
                found[owed] = where
    return found


def _read_policies(folder: str) -> list[tuple[tuple[str, str], str | None]]:
    """Return each change of a restart policy, in the journal's order: host and container, with
    the former policy if the run changed it, or None if the run set it back."""
    return [
        ((event.owed.host, event.owed.what), event.owed.where if is_owed else None)
        for event in JournalReader(Path(folder) / JOURNAL).read()
        if (is_owed := isinstance(event, OwedNoted)) or isinstance(event, SettledNoted)
        if event.owed.kind == "restart-policy"
    ]


_POLICIES = Remembered(_read_policies)
