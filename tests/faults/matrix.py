"""One row of the fault matrix, found by trying it: backup, restore and undo under one fault."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from pryv_tui.errors import PryvTuiError
from pryv_tui.runs.record.events import RunFinished
from pryv_tui.runs.recovery import overview_with_leftovers
from tests.faults.bench import Bench, lost

Operation = Literal["backup", "restore", "undo"]
OPERATIONS: tuple[Operation, ...] = ("backup", "restore", "undo")
During = Callable[[Bench, Operation], AbstractContextManager[object]]
"""A context manager in which an operation is performed."""
Maker = Callable[[Path], AbstractContextManager[Bench]]
"""A context manager that makes a bench in a folder."""
Words = str | tuple[str, ...]


@dataclass(frozen=True)
class Fault:
    """One row: what goes wrong, how it is made to, and where it can't."""

    name: str
    what: str
    during: During
    bench: Maker | None = None
    """Makes a bench of its own; None: the fault leaves no trace on one."""
    kept: bool = False
    """It leaves no trace on that bench, which serves others of the same maker."""
    grow: Callable[[Path], None] | None = None
    """Receives the root before the set is taken, and puts there what is hard. All of these lie in
    one root and are tried in one go: each of their rows says how that went."""
    says: Mapping[Operation, Words] = field(default_factory=dict)
    """Words of what the run has to say at its end."""
    notes: Mapping[Operation, Words] = field(default_factory=dict)
    """Words of what it has to note on its way."""
    not_there: Mapping[Operation, str] = field(default_factory=dict)
    """Why an operation can't meet this fault."""
    but: Callable[[str], bool] = lambda name: False
    """Names of things that are no data and can't be copied: sockets, devices."""


@dataclass(frozen=True)
class Cell:
    """How one operation ended under one fault."""

    outcome: str
    exit: int
    lost: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.outcome}, exit {self.exit}, lost {len(self.lost)}"


NAMED_STOPPED = re.compile(
    r"(\S+): (\S+) stopped during .* Start it: pryv-tui .*containers start \2 "
)


class _Row:
    """Tries the three operations in turn; leaves the bench as it was."""

    def __init__(
        self, fault: Fault, bench: Bench, before: Mapping[str, object] | None = None
    ) -> None:
        """
        Args:
            before: what the bench was seen to hold, where nothing was done to it since.
        """
        self.fault = fault
        self.bench = bench
        self._before = before
        self.after: Mapping[str, object] | None = None
        """What it was seen to hold after the last thing that was done."""
        self.cells: dict[Operation, Cell] = {}
        self._restored = ""
        """The run whose restore stands."""

    def try_all(self) -> dict[Operation, Cell]:
        for operation in OPERATIONS:
            if operation not in self.fault.not_there:
                getattr(self, f"_{operation}")()
        return self.cells

    def tidy(self) -> None:
        """What was restored and not undone, since the fault can't be met there, is undone."""
        if "undo" in self.fault.not_there and self._restored:
            self._clean("undo", undone_run=self._restored)

    def _lost(self, before: Mapping[str, object], after: Mapping[str, object]) -> list[str]:
        return [name for name in lost(before, after) if not self.fault.but(name)]

    def _run(self, operation: Operation, **words: str) -> tuple[str, int, str, RunFinished | None]:
        """The operation under the fault: outcome, exit, run and last word."""
        with self.fault.during(self.bench, operation):
            try:
                end = self.bench.run(operation, **words)
            except PryvTuiError as error:
                # Refused by the starter: no run was begun.
                assert error.what and error.remedy
                for word in _words(self.fault.says, operation):
                    assert word in error.what, error.what
                return "not begun", int(error.exit), "", None
        assert end is not None, "a run always has a last word"
        self._says_what_and_what_next(operation, end)
        return end.outcome, end.exit, end.run, end

    def _says_what_and_what_next(self, operation: Operation, end: RunFinished) -> None:
        assert end.what.strip(" .")
        said = f"{end.what} {end.warnings}"
        assert all(word in said for word in _words(self.fault.says, operation)), end
        noted = self.bench.noted
        assert all(word in noted for word in _words(self.fault.notes, operation)), noted
        assert all(line.strip() for line in end.next)
        if end.outcome != "complete":
            assert end.next
        if end.exit == 3:
            assert end.warnings

    def _clean(self, operation: Operation, **words: str) -> RunFinished:
        """The operation without the fault: it has to succeed."""
        end = self.bench.run(operation, **words)
        assert end is not None and end.exit in (0, 3), end
        return end

    def _backup(self) -> None:
        bench = self.bench
        ran, known = bench.running(), {found.id for found in bench.complete()}
        # What a socket or a device is can't be in a set.
        before = bench.held() if self._before is None else self._before
        outcome, code, _run, end = self._run("backup")
        gone = self._lost(before, bench.held())
        new = [found for found in bench.complete() if found.id not in known]
        assert len(new) == (1 if code in (0, 3) else 0)
        for found in new:
            in_set = {
                name: True if name.startswith("influxdb") else what for name, what in before.items()
            }
            gone += self._lost(in_set, bench.of_backup(found))
            latest = bench.site.vault.latest()
            assert latest is not None and latest.id == found.id, "the newest is the latest"
        said = " ".join(end.remains) + end.what if end else ""
        stopped = ran - bench.running()
        assert all(name in said for name in stopped), (stopped, said)
        self.cells["backup"] = Cell(outcome, code, tuple(gone))
        if code not in (0, 3) and not stopped:
            self._clean("backup")
        for name in stopped:
            bench.platform.hosts[0].engine.start(name)
        for entry in bench.site.vault.folder.iterdir():
            if entry.is_dir() and entry.name not in known:
                shutil.rmtree(entry)

    def _restore(self) -> None:
        bench = self.bench
        ran = bench.running()
        outcome, code, run, _end = self._run("restore", set_id=bench.set_id)
        self._restored = run
        if code in (0, 3):
            self.cells["restore"] = Cell(
                outcome, code, tuple(self._lost(bench.of_set, bench.held()))
            )
            return
        debts = bench.last_debts()
        asides = [o for o in debts.owed if o.kind == "aside" and o not in debts.settled]
        if run and asides:
            attention = " ".join(i.text for i in overview_with_leftovers(bench.site).attention)
            assert "half-restored" in attention or "half-way" in attention
            refused = bench.run("backup")
            assert refused is not None and refused.exit == 4, "no source of a backup"
            self._clean("undo", undone_run=run)
        gone = self._lost(bench.lived, bench.held())
        assert bench.running() == ran
        self.cells["restore"] = Cell(outcome, code, tuple(gone))
        self._restored = ""

    def _undo(self) -> None:
        bench = self.bench
        if not self._restored:
            # Trying again after a failed restore simply works.
            self._restored = self._clean("restore", set_id=bench.set_id).run
            assert not self._lost(bench.of_set, bench.held())
        ran = bench.running()
        outcome, code, _run, end = self._run("undo", undone_run=self._restored)
        if code not in (0, 3):
            again = bench.run("undo", undone_run=self._restored)
            assert again is not None
            if again.exit == 4:
                # All was back already, and only containers were down: each is named.
                assert "was put back before" in again.what, again
                stopped = ran - bench.running()
                said = " ".join(end.remains) if end else ""
                told = re.findall(r"containers start (\S+)", said)
                assert stopped and stopped == set(told), (stopped, said)
                for name in told:
                    bench.platform.hosts[0].engine.start(name)
            else:
                assert again.exit in (0, 3), again
        elif end is not None:
            # What stopped after all had been seen to run is named, with its command.
            for host, name in NAMED_STOPPED.findall(" ".join(end.warnings)):
                assert host == bench.platform.hosts[0].name
                bench.platform.hosts[0].engine.start(name)
        assert bench.running() == ran, bench.running() ^ ran
        self.after = bench.held()
        self.cells["undo"] = Cell(outcome, code, tuple(self._lost(bench.lived, self.after)))


def _words(said: Mapping[Operation, Words], operation: Operation) -> tuple[str, ...]:
    found = said.get(operation, ())
    return (found,) if isinstance(found, str) else found


def together(faults: Iterable[Fault]) -> Fault:
    """One fault of all that lie in one root, which is to say what each of them has to say."""
    every = list(faults)

    @contextmanager
    def during(bench: Bench, operation: Operation) -> Iterator[None]:
        with ExitStack() as stack:
            for fault in every:
                stack.enter_context(fault.during(bench, operation))
            yield

    def grow(root: Path) -> None:
        for fault in every:
            if fault.grow is not None:
                fault.grow(root)

    @contextmanager
    def bench(folder: Path) -> Iterator[Bench]:
        yield Bench(folder, before_the_set=grow)

    def words(of: Callable[[Fault], Mapping[Operation, Words]]) -> dict[Operation, Words]:
        return {
            operation: tuple(word for fault in every for word in _words(of(fault), operation))
            for operation in OPERATIONS
        }

    return Fault(
        "together",
        "what is hard lies in one root",
        during,
        bench=bench,
        says=words(lambda fault: fault.says),
        notes=words(lambda fault: fault.notes),
        but=lambda name: any(fault.but(name) for fault in every),
    )


class Benches:
    """The benches that several faults share, each made when it is first wanted."""

    def __init__(self, folder: Callable[[], Path], faults: Iterable[Fault]) -> None:
        """Where to make them, a new folder at each call; and all faults that there are."""
        self._folder = folder
        self._together = [fault for fault in faults if fault.grow is not None]
        self._stack = ExitStack()
        self._made: dict[Maker | None, Bench] = {}
        self._cells: dict[Operation, Cell] = {}
        self.seen: dict[Bench, Mapping[str, object]] = {}
        """What each was seen to hold after the last fault that was tried on it."""

    def get(self, maker: Maker | None) -> Bench:
        """The one of this maker; the plain one where there is none.

        Raises:
            NoDisk: it needs a file system that can't be made here.
        """
        if maker not in self._made:
            if maker is None:
                self._made[None] = Bench(self._folder())
            else:
                self._made[maker] = self._stack.enter_context(maker(self._folder()))
        return self._made[maker]

    def of_all_together(self) -> dict[Operation, Cell]:
        """How it goes with all that is hard in one root."""
        if not self._cells:
            self._cells = observe(together(self._together), self._folder(), self)
        return self._cells

    def forget(self) -> None:
        """After a fault that left a trace all the same: the next ones get new benches."""
        self._made, self._cells, self.seen = {}, {}, {}
        self._stack.close()


def observe(fault: Fault, folder: Path, benches: Benches) -> dict[Operation, Cell]:
    """Try a fault in each operation.

    Args:
        folder: for a bench of its own.
        benches: those that are shared by the faults that leave no trace.

    Raises:
        NoDisk: it needs a file system that can't be made here.
    """
    if fault.grow is not None:
        return benches.of_all_together()
    if fault.bench is not None and not fault.kept:
        with fault.bench(folder) as own:
            return _Row(fault, own).try_all()
    bench = benches.get(fault.bench)
    row = _Row(fault, bench, benches.seen.pop(bench, None))
    cells = row.try_all()
    row.tidy()
    now = bench.held() if row.after is None else row.after
    assert not lost(bench.lived, now), "it left a trace on a bench that others use"
    benches.seen[bench] = now
    return cells


HEAD = """\
# What each fault does to a backup, a restore and an undo

Every row was tried, on a practice platform: the tests make the fault, run the program and compare
all that the platform and the set hold, item by item, with what was there before. A cell says how
the run ended, its exit code, and how many documents, points, users, files, folders or links were
lost: after `undo` where a restore failed, after a second try where an undo failed. What merely
lies in the root (odd names, special files, links, SQLite files, a compose file, collections) is
tried in one root, all at once: each of these rows says how that went. Made by
`python -m tests.docs.make_fault_matrix`, as root; `tests/faults` keeps it true.

| fault | what happens | backup | restore | undo |
|---|---|---|---|---|
"""


def row_text(fault: Fault, cells: Mapping[Operation, Cell]) -> str:
    """A row as it stands in the document."""
    shown = [
        f"does not apply: {fault.not_there[operation]}"
        if operation in fault.not_there
        else str(cells[operation])
        for operation in OPERATIONS
    ]
    return f"| `{fault.name}` | {fault.what} | {' | '.join(shown)} |"
