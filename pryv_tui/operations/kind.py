"""The base class for kinds of runs: what can be asked for, how it is planned, and its messages.

Each kind is a file in `kinds/` with the kind's name. It defines a subclass of `Request`, named
`KIND`. The defaults here promise nothing.

These files are imported as soon as a run of the kind is met, even on the first screen. So they
import what only a plan needs, such as the steps, inside functions.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar, NamedTuple, Protocol

import msgspec

from pryv_tui.operations.advice import Way
from pryv_tui.operations.kind_files import kind_module
from pryv_tui.operations.settings.resolve import Settings
from pryv_tui.who import Who

if TYPE_CHECKING:
    from pryv_tui.errors import PryvTuiError
    from pryv_tui.hosts.deployment import Deployment
    from pryv_tui.operations.activity import GoingOn
    from pryv_tui.operations.context import RunContext
    from pryv_tui.operations.debts import Owed
    from pryv_tui.operations.facts import Begun, LeftBy, Moved, Offer
    from pryv_tui.operations.guards.line import GuardLine
    from pryv_tui.operations.plan import Likeness, Plan
    from pryv_tui.operations.site import Site


class Key(NamedTuple):
    """The key in the interface that does the same as a command of this program."""

    key: str
    """The key on the overview."""
    then: str = ""
    """What to do after pressing it; `{id}` is the command's target, `{choice}` a choice."""
    in_result: str = ""
    """The same, as said in a run's result, which names the target."""
    in_messages: bool = True
    """Whether messages on a screen name the key instead of the command."""


class Progress(NamedTuple):
    """How far a run has come; used to say what a cancel would leave behind."""

    owed: Sequence[Owed]
    """All debts that the run has recorded so far, settled or not."""
    done: Collection[str]
    """The kinds of the steps that are done."""
    at: str
    """The kind of the current step; empty between two steps."""
    waits: bool = False
    """Whether the run still waits until it can begin: no step is planned yet."""


class Past(Protocol):
    """What plans need to know of earlier runs; implemented in `runs/planning/past.py`."""

    def seconds(
        self, kind: str, roles: Collection[str] = (), depth: str = ""
    ) -> dict[Likeness, float]:
        """Seconds that each step took in the last completed run of a kind. If there is one with
        these roles and this depth, in the last such run."""

    def policies(self) -> dict[tuple[str, str], str]:
        """By host and container: the restart policies that were not given back."""

    def going_on(self) -> GoingOn | None:
        """The run that is using the platform now; None if none is known."""

    def over(self, kind: str) -> list[str]:
        """The runs of a kind that have ended."""

    def left_by(self, run: str) -> LeftBy:
        """What a run still has to put back. Raises `run-unknown`."""

    def begun(self, run: str, continues: str, set_id: str) -> Begun:
        """What a restore can continue.

        Args:
            run: the id of this restore.
            continues: the restore that was stopped half-way; empty if none.
            set_id: the full id of the set.
        """

    def moved(self, run: str) -> Moved:
        """What a run moved aside, even if only the moved folders are left. Raises `run-unknown`."""

    def newest_undoable(self) -> str:
        """The last restore that can be undone now; empty if none can."""

    def half_done(self, *, but: str) -> str:
        """A sentence on what an earlier run still has to put back; empty if nothing.

        Args:
            but: the run that asks; it is left out.
        """


class World(NamedTuple):
    """All that a plan is made from."""

    site: Site
    deployment: Deployment
    past: Past
    run: str
    """The run's id; `RUN` in a preview."""


LOOKS = "audit-live"
"""The kind of the step that audits the live platform; a run that moves roots is done by then."""
PUTS_BACK = "put-back-root"
"""The kind of the step that puts the former content of a root back."""


class Request(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind"):
    """A run as it was asked for (`request.json` in its folder), and the messages of its kind. This
    base class also stands for unknown kinds: those of a later version."""

    run: str = ""
    """The run's id; set when the run is started."""
    settings: Settings
    asked: str = ""
    """When the run was asked for; set when it is started."""
    recovers: str = ""
    """The run whose debts this one takes over; empty if none."""
    by: Who | None = None
    """Who asked for the run; set when it is started. None in older requests."""
    confirmed: str = ""
    """How that person confirmed it: `dialog` (in the interface), `typed` (the word, when the
    command line asked for it), `option` (`--confirm`); empty if no confirmation was needed, and in
    older requests."""

    # More choices. A kind that has one of them overrides the property with a field.

    @property
    def roles(self) -> tuple[str, ...]:
        """The chosen roles; empty for all, or if there is no choice."""
        return ()

    @property
    def label(self) -> str:
        """A word for the name of the set that is made; empty if none."""
        return ""

    @property
    def set_id(self) -> str:
        """The full id of the set that the run is about; empty if none."""
        return ""

    @property
    def set_known(self) -> str:
        """`set_id`, if it was known when the run was asked for; empty if it chooses the set."""
        return self.set_id

    @property
    def wait(self) -> float:
        """Most seconds that the run waits until it can begin; it is planned after that."""
        return 0.0

    @property
    def continues(self) -> str:
        """The full id of the restore that this run finishes; empty if none."""
        return ""

    @property
    def undone_run(self) -> str:
        """The full id of the run that is undone; empty if none."""
        return ""

    @property
    def released_run(self) -> str:
        """The full id of the run whose kept content is removed for good; empty if none."""
        return ""

    @property
    def kind(self) -> str:
        """The name of the kind."""
        return str(self.__struct_config__.tag)

    def plan(self, world: World) -> Plan:
        """Build the plan for the present state. Must not change anything.

        Raises:
            PryvTuiError: the run can't be done; with the reason.
        """
        raise TypeError(f"{type(self).__name__} can't be planned")

    def in_its_way(self, plan: Plan, world: World) -> list[GuardLine]:
        """For a run that may wait: the guards that show whether it can begin now."""
        return []

    def allow(self, plan: Plan) -> None:
        """Check that a person has confirmed what has to be confirmed; called before any change.

        Raises:
            PryvTuiError: `refused`, it was not confirmed.
        """

    # Facts and messages of the kind.

    holds_platform: ClassVar[bool] = True
    """Whether a run of this kind takes the platform's lock: only one such run at a time. Runs of
    other kinds only look at sets: they use no machine and no root, have no debts, and may run
    beside any other run."""
    looks_at_platform: ClassVar[bool] = False
    """Only for a kind without the lock: whether it looks at machines and roots anyway."""
    of_a_container: ClassVar[bool] = False
    """Whether a run of this kind starts or stops one container."""
    makes_a_set: ClassVar[bool] = False
    """Whether a run of this kind makes a set; if it was not completed, it has made none."""
    moves_roots: ClassVar[bool] = False
    """Whether a run of this kind moves the content of roots aside."""
    puts_back: ClassVar[bool] = False
    """Whether such a run has done its work as soon as every root has its former content back."""
    rolls_back: ClassVar[bool] = False
    """Whether such a run that is cancelled puts back itself what it has moved aside."""
    makes_a_gap: ClassVar[bool] = False
    """Whether the parts of what such a run makes are of different moments."""
    names_nobody: ClassVar[bool] = False
    """Whether the errors of such a run are evidence, which must not name an account."""
    for_good: ClassVar[bool] = False
    """Whether a run of this kind removes something that can't be brought back."""
    fetches_a_set: ClassVar[bool] = False
    """Whether a run of this kind copies a set, that exists elsewhere, into the vault."""
    changes_platform: ClassVar[bool] = False
    """Whether a run of this kind changes the platform, or brings back data. Such a run belongs to
    the open incident even after everything lost serves again."""
    brings_back: ClassVar[bool] = False
    """Whether a run of this kind brings back a set, or a part of one."""
    decides: ClassVar[bool] = False
    """Whether a person who asks for such a run has decided how to deal with a loss."""
    stops_containers: ClassVar[bool] = False
    """Whether such a run stops containers because a person wants that: then they are not lost."""
    settled_by: ClassVar[Mapping[Way, str]] = {"roll-back": "recover"}
    """By choice about such a run that was left half-done: the kind of run that carries it out."""
    cancel_says_all: ClassVar[bool] = False
    """Whether `cancelling` also says how the work of a stopped step is put right."""
    begins_anew: ClassVar[bool] = False
    """Whether to advise a new run after a failure that has no remedy."""
    again_after: ClassVar[str] = "To do it anyway"
    """The words before its command after a cancel."""
    key: ClassVar[Key | None] = None
    """Its key in the interface; None if there is none."""
    at_end: ClassVar[str] = ""
    """A sentence with keys for the run's screen, on what there is after its end; or empty."""
    on_container: ClassVar[str] = ""
    """What to press on the overview for a container; `{name}` is the container's name."""

    @classmethod
    def cancelling(cls, progress: Progress) -> str:
        """Sentences on what a cancel would leave behind."""
        return "Its result will say what it leaves."

    @classmethod
    def done(cls, plan: Plan, ctx: RunContext) -> str:
        """Sentences on what a completed run has done."""
        return "It came to its end."

    @classmethod
    def warnings(cls, plan: Plan, ctx: RunContext) -> list[str]:
        """What still needs a person after a completed run, by its plan and the present state. If
        there is anything, the run ends with exit code 3."""
        return []

    @classmethod
    def in_vain(cls, plan: Plan, ctx: RunContext) -> PryvTuiError | None:
        """Why a run with completed steps has still not done what was asked for; else None."""
        return None

    @classmethod
    def then(cls, plan: Plan, ctx: RunContext) -> Sequence[str | Offer]:
        """What can be done next; as an `Offer`, if it may become impossible later."""
        return []

    @classmethod
    def again(cls, plan: Plan, ctx: RunContext) -> str:
        """The command that starts the run again; empty if its failure says that already."""
        return ""

    @classmethod
    def stands(cls, plan: Plan, ctx: RunContext, *, changed: bool, half: bool) -> str:
        """The state after a run that failed, as a sentence that begins with a space; or empty.

        Args:
            changed: whether the run had changed something.
            half: whether a root is half-restored.
        """
        return "" if changed else " Nothing was changed."

    @classmethod
    def after_death(cls, set_id: str, *, done: bool = False) -> str:
        """What to do about a run whose process has died, and that left nothing to put back.

        Args:
            set_id: the set that the run was about; empty if none.
            done: whether it had reached its purpose by then; see `is_done`.
        """
        return "According to its journal, it left nothing that has to be put back."

    @classmethod
    def is_done(cls, done: Collection[str]) -> bool:
        """Whether a run has reached its purpose, by the kinds of the steps that are done. Later
        steps only look."""
        return False

    @classmethod
    def unasked(cls, planned: Collection[str], done: Collection[str]) -> bool:
        """Whether a run has brought content back, but did not reach its planned live audit."""
        return False

    @classmethod
    def partial_left(cls, folder: str) -> str:
        """What an unfinished folder in the vault can be used for; empty if the kind makes none."""
        return ""

    @classmethod
    def partial_goes(cls, folder: str) -> str:
        """Why that folder may be removed, and the command; empty if it should stay."""
        return ""

    @classmethod
    def unsent(cls, ctx: RunContext) -> bool:
        """Whether a failed run's set is complete; the caller checks that it was not sent."""
        return cls.makes_a_set and ctx.manifest is not None


def kind_of(name: str) -> type[Request]:
    """The kind with this name; `Request` itself if this program does not know the name."""
    return known_kind(name) or Request


def known_kind(name: str) -> type[Request] | None:
    """The kind with this name; None if this program does not know the name."""
    module = kind_module(name)
    return module.KIND if module is not None else None
