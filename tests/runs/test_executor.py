"""A plan performed to its end, whatever that is: outcome, exit code, what remains."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest

from pryv_tui.errors import ERRORS, Cancelled, Exit, PryvTuiError
from pryv_tui.hosts.engine import Container
from pryv_tui.operations.context import RunContext
from pryv_tui.operations.debts import Owed
from pryv_tui.operations.plan import Plan, PlanKind, Step, numbered
from pryv_tui.runs.record.events import ContainersLeft, RunFinished, StepFinished, StepStarted
from pryv_tui.runs.record.journal import NAME, JournalReader, JournalWriter
from pryv_tui.runs.worker.executor import execute
from tests.hosts.machines import StillHost, machine
from tests.operations.kit import context

START = Owed(kind="start", host="core", what="pryvio_core")
ASIDE = Owed(kind="aside", host="core", what="/r", where="/r/.pryv-tui/aside/RUN")


class Does(Step, frozen=True, kw_only=True, tag="does"):
    """A step that owes, then fails or not."""

    owes: tuple[Owed, ...] = ()
    removes: str = ""
    fails: str = ""
    warns: str = ""

    @property
    def title(self) -> str:
        return "Do something"

    def perform(self, ctx: RunContext) -> None:
        for owed in self.owes:
            ctx.owe(owed)
        if self.removes:
            ctx.facts.changed = True
            ctx.facts.gone.append(self.removes)
        if self.warns:
            ctx.warn(self.warns)
        if self.fails == "bug":
            raise ZeroDivisionError("a bug")
        if self.fails == "os":
            raise OSError(28, "No space left on device", "/somewhere")
        if self.fails == "cancelled":
            raise Cancelled()
        if self.fails:
            raise PryvTuiError(self.fails, "it went wrong")


class Ran:
    """A run of some steps over a still host."""

    def __init__(
        self,
        folder: Path,
        kind: PlanKind,
        *steps: Step,
        cancelled: bool = False,
        down: bool = False,
    ) -> None:
        folder.mkdir(exist_ok=True)
        self.started: list[str] = []
        containers = machine("core")
        if down:
            containers = [msgspec.structs.replace(c, state="exited") for c in containers]
        host = StillHost("core", containers, root=folder / "root")
        engine: Any = host.engine
        engine.start = self.started.append
        self.ctx, _heard = context(folder, host)
        journal = JournalWriter(folder, "RUN")
        self.ctx.report = journal
        if cancelled:
            self.ctx.cancel.set()  # type: ignore[attr-defined]
        self.logged: list[str] = []
        plan = Plan(
            kind=kind, roles=("core",), steps=numbered(steps), domain="pryv.example", set_id="SET"
        )
        self.end: RunFinished = execute(plan, self.ctx, journal, log=self.logged.append)
        self.events = JournalReader(folder / NAME).read()

    @property
    def text(self) -> str:
        return " ".join([self.end.what, *self.end.remains, *self.end.next])


@pytest.mark.parametrize("kind", ["restore", "undo", "recover"])
def test_done(tmp_path: Path, kind: PlanKind) -> None:
    ran = Ran(tmp_path, kind, Does(), Does())
    assert (ran.end.outcome, ran.end.exit) == ("complete", 0)
    assert [type(event) for event in ran.events] == [StepStarted, StepFinished] * 2


def test_done_with_a_warning(tmp_path: Path) -> None:
    ran = Ran(tmp_path, "restore", Does(warns="look at this"), Does())
    assert (ran.end.outcome, ran.end.exit) == ("warnings", 3)
    assert "look at this" in ran.text


@pytest.mark.parametrize("name", sorted(ERRORS))
def test_each_error_before_a_change(tmp_path: Path, name: str) -> None:
    """Within a run an error is a refusal, a cancel, or a failure."""
    ran = Ran(tmp_path, "restore", Does(fails=name), Does())
    own = {Exit.REFUSED, Exit.CANCELLED} & {ERRORS[name].exit}
    assert ran.end.exit == (own.pop() if own else Exit.FAILED)
    assert "Nothing was changed" in ran.end.what
    # Who cancelled knows why; what he is told is how it is begun again.
    restore = "pryv-tui restore SET --confirm pryv.example --role core"
    again = f"To do it anyway: {restore}"
    told = ERRORS[name].remedy or "See what was printed: pryv-tui attach RUN"
    assert (again if name == "cancelled" else told) in ran.end.next
    assert len(ran.events) == 2


def test_a_refusal_after_a_change_is_a_failure(tmp_path: Path) -> None:
    ran = Ran(tmp_path, "restore", Does(owes=(START,)), Does(fails="refused"))
    assert (ran.end.outcome, ran.end.exit) == ("failed", Exit.FAILED)
    assert "Nothing was changed" not in ran.text


@pytest.mark.parametrize(
    ("fails", "outcome", "code"),
    [("refused", "failed", 1), ("repository", "failed", 1), ("cancelled", "cancelled", 130)],
)
def test_what_was_removed_is_told_and_never_called_nothing(
    tmp_path: Path, fails: str, outcome: str, code: int
) -> None:
    ran = Ran(tmp_path, "prune", Does(removes="A"), Does(removes="B"), Does(fails=fails))
    assert (ran.end.outcome, ran.end.exit) == (outcome, code)
    assert "Nothing was changed" not in ran.text
    assert "Removed for good already: A, B." in ran.end.remains


def test_a_recovery_that_has_put_something_back_is_no_refusal(tmp_path: Path) -> None:
    class PutsBack(Does, frozen=True, kw_only=True, tag="puts-back"):
        def perform(self, ctx: RunContext) -> None:
            ctx.settle(START)

    ran = Ran(tmp_path, "recover", PutsBack(), Does(fails="refused"))
    assert (ran.end.outcome, ran.end.exit) == ("failed", Exit.FAILED)
    assert "Nothing was changed" not in ran.text


@pytest.mark.parametrize(("fails", "word"), [("bug", "ZeroDivisionError"), ("os", "No space left")])
def test_a_fault_of_the_program_is_no_traceback_to_the_operator(
    tmp_path: Path, fails: str, word: str
) -> None:
    ran = Ran(tmp_path, "restore", Does(fails=fails))
    assert (ran.end.outcome, ran.end.exit) == ("failed", 1)
    assert word in ran.end.what
    assert "Traceback" not in ran.text
    assert "Traceback" in ran.logged[0]


def test_a_cancelled_backup_says_what_runs_again_and_what_to_do(tmp_path: Path) -> None:
    ran = Ran(tmp_path, "backup", Does(owes=(START,)), Does(fails="cancelled"))
    assert (
        "The containers that it had stopped are running again: pryvio_core on core." in ran.end.what
    )
    assert ran.end.next == ["To do it anyway: pryv-tui backup"]


def test_what_was_stopped_is_started_again_after_a_failure(tmp_path: Path) -> None:
    ran = Ran(tmp_path, "backup", Does(owes=(START,)), Does(fails="step-failed"))
    assert ran.started == ["pryvio_core"]
    assert ran.ctx.outstanding == []
    assert ran.end.exit == 1
    assert ran.end.set == ""


@pytest.mark.parametrize("begun", [False, True])
def test_what_lies_aside_whole_is_not_said_to_be_removed_in_part(
    tmp_path: Path, begun: bool
) -> None:
    """What is owed is written down before the folder gets its last name."""
    folder = tmp_path / "root/.pryv-tui/aside/RUN"
    folder.with_name("RUN.releasing" if begun else "RUN").mkdir(parents=True)
    owed = Owed(kind="release", host="core", what=str(tmp_path / "root"), where=str(folder))
    ran = Ran(tmp_path, "release", Does(owes=(owed,), fails="bug"))
    said = f"The removal of {folder} on core was not finished" in ran.text
    assert said is begun
    assert ("can't be put back any more" in ran.text) is begun


def test_but_not_on_a_half_restored_root(tmp_path: Path) -> None:
    steps = (Does(owes=(START, ASIDE)), Does(fails="check-failed"))
    ran = Ran(tmp_path, "restore", *steps, down=True)
    assert ran.started == []
    assert "These containers are stopped: pryvio_core on core." in ran.text
    assert ASIDE.where in ran.text
    assert "pryv-tui undo RUN" in ran.text
    assert "Nothing was changed" not in ran.text
    assert ran.end.exit == 1


def test_a_cancel_before_the_first_step(tmp_path: Path) -> None:
    ran = Ran(tmp_path, "restore", Does(owes=(START,)), cancelled=True)
    assert (ran.end.outcome, ran.end.exit) == ("cancelled", 130)
    assert ran.events == []
    assert "Nothing was changed" in ran.end.what


def test_a_cancel_after_a_stop_starts_again_what_was_stopped(tmp_path: Path) -> None:
    ran = Ran(tmp_path, "restore", Does(owes=(START,)), Does(fails="cancelled"), Does())
    assert (ran.end.outcome, ran.end.exit) == ("cancelled", 130)
    assert ran.started == ["pryvio_core"]
    assert ran.ctx.outstanding == []


def test_a_container_that_will_not_start_again_is_named(tmp_path: Path) -> None:
    class Stubborn(Does, frozen=True, kw_only=True, tag="stubborn"):
        def perform(self, ctx: RunContext) -> None:
            engine: Any = ctx.site.host("core").engine

            def start(container: str) -> None:
                raise PryvTuiError("step-failed", f"{container} will not start")

            engine.start = start
            super().perform(ctx)

    ran = Ran(tmp_path, "backup", Stubborn(owes=(START,), fails="step-failed"))
    assert "pryv-tui containers start pryvio_core --host core" in " ".join(ran.end.remains)
    assert ran.ctx.outstanding == [START]


def test_of_a_container_that_was_removed_meanwhile_no_start_is_advised(tmp_path: Path) -> None:
    class Removed(Does, frozen=True, kw_only=True, tag="removed"):
        def perform(self, ctx: RunContext) -> None:
            engine: Any = ctx.site.host("core").engine

            def start(container: str) -> None:
                raise PryvTuiError("container-missing", f"No such container: {container}")

            engine.start = start
            super().perform(ctx)

    ran = Ran(tmp_path, "backup", Removed(owes=(START,), fails="step-failed"))
    told = " ".join(ran.end.remains)
    assert "pryvio_core on core does not exist any more. To see what is missing" in told
    assert "containers start" not in told and "still stopped" not in told
    assert ran.ctx.outstanding == [START]


def test_an_undo_that_began_is_not_cancelled_half_way(tmp_path: Path) -> None:
    class Cancels(Does, frozen=True, kw_only=True, tag="cancels"):
        def perform(self, ctx: RunContext) -> None:
            super().perform(ctx)
            ctx.cancel.set()  # type: ignore[attr-defined]

    back = Owed(kind="return", host="core", what="/r", where="/r/aside")
    ran = Ran(tmp_path, "undo", Cancels(owes=(back,)), Does())
    assert (ran.end.outcome, ran.end.exit) == ("complete", 0)


class Settles(Step, frozen=True, kw_only=True, tag="settles"):
    """A step that puts back what was owed."""

    @property
    def title(self) -> str:
        return "Put it back"

    def perform(self, ctx: RunContext) -> None:
        ctx.settle(START)


FELL = "pryvio_core on core is not running at the end of this run, which had stopped it"


@pytest.mark.parametrize("kind", ["restore", "undo", "recover"])
def test_what_was_put_back_and_does_not_run_at_the_end_is_said(
    tmp_path: Path, kind: PlanKind
) -> None:
    """It fell, or somebody stopped it meanwhile: what was settled before does not tell that."""
    fell = Ran(tmp_path / "fell", kind, Does(owes=(START,)), Settles(), down=True)
    assert (fell.end.outcome, fell.end.exit) == ("warnings", 3)
    assert FELL in fell.end.warnings[0]
    (left,) = [one for one in fell.events if isinstance(one, ContainersLeft)]
    assert {one.state for one in left.containers} == {"exited"}
    whole = Ran(tmp_path / "whole", kind, Does(owes=(START,)), Settles())
    assert (whole.end.outcome, FELL in whole.text) == ("complete", False)


class BringsUp(Step, frozen=True, kw_only=True, tag="brings-up"):
    """A step that brings up what was not there before, and sees it stay up."""

    @property
    def title(self) -> str:
        return "Bring it up"

    def perform(self, ctx: RunContext) -> None:
        ctx.facts.up = {"core": ["pryvio_core", "pryvio_mongodb"]}
        ctx.checked("core: 2 containers run and stay up")


@pytest.mark.parametrize("kind", ["restore", "undo"])
def test_what_was_brought_up_and_does_not_run_at_the_end_is_said(
    tmp_path: Path, kind: PlanKind
) -> None:
    """Of a role that was lost nothing was there to be stopped."""
    fell = Ran(tmp_path / "fell", kind, BringsUp(), down=True)
    assert (fell.end.outcome, fell.end.exit) == ("warnings", 3)
    assert (
        "pryvio_core on core is not running at the end of this run, which had started it"
        in fell.end.warnings[0]
    )
    assert "core: 2 containers run and stay up" not in fell.end.checks
    both = Ran(tmp_path / "both", kind, Does(owes=(START,)), Settles(), BringsUp(), down=True)
    assert [one.partition(" is not running at the end")[0] for one in both.end.warnings] == [
        "pryvio_core on core",
        "pryvio_mongodb on core",
    ]
    whole = Ran(tmp_path / "whole", kind, BringsUp())
    assert (whole.end.outcome, whole.end.warnings) == ("complete", [])
    assert whole.end.checks == ["core: 2 containers run and stay up"]


def test_what_fell_is_not_said_to_run_again(tmp_path: Path) -> None:
    steps = (Does(owes=(START,)), Settles(), Does(fails="cancelled"))
    again = "The containers that it had stopped are running again: pryvio_core on core"
    assert again in Ran(tmp_path / "whole", "backup", *steps).text
    fell = Ran(tmp_path / "fell", "backup", *steps, down=True)
    assert again not in fell.text and FELL in " ".join(fell.end.remains)


def test_of_an_engine_that_does_not_tell_nothing_is_said_to_have_fallen(tmp_path: Path) -> None:
    class Leaves(Settles, frozen=True, kw_only=True, tag="leaves"):
        def perform(self, ctx: RunContext) -> None:
            super().perform(ctx)

            def away() -> list[Container]:
                raise PryvTuiError("engine-unreachable", "no answer")

            (host,) = ctx.site.hosts
            host.engine.containers = away  # type: ignore[method-assign]

    ran = Ran(tmp_path, "restore", Does(owes=(START,)), Leaves(), down=True)
    assert FELL not in ran.text
    assert not [one for one in ran.events if isinstance(one, ContainersLeft)]
