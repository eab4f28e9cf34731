"""A kind of run: what it is asked for, how it is planned, and what is said of it.

Each kind is one file in `kinds/`, called as the kind is, and holds all of this as a subclass of
`Request`, which it names `KIND`. What a kind does not say has a value here that claims nothing.

Those files are loaded when a run of the kind is met, also on the first screen: what only a plan
needs, such as the steps, they import where they use it.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, ClassVar, NamedTuple, Protocol

import msgspec

from pryv_tui.operations.commands import completed
from pryv_tui.operations.kind_files import kind_module
from pryv_tui.operations.settings.resolve import Settings
from pryv_tui.who import Who

if TYPE_CHECKING:
    from pryv_tui.errors import PryvTuiError
    from pryv_tui.hosts.deployment import Deployment
    from pryv_tui.operations.activity import GoingOn
    from pryv_tui.operations.context import RunContext
    from pryv_tui.operations.debts import Owed
    from pryv_tui.operations.facts import NewerFound, Offer
    from pryv_tui.operations.guards.line import GuardLine
    from pryv_tui.operations.plan import Likeness, Plan
    from pryv_tui.operations.site import Site


class Key(NamedTuple):
    """Where the interface does what a command of ours does."""

    key: str
    """On the overview."""
    then: str = ""
    """What is done there with what the command names: `{id}` is that, `{choice}` a choice."""
    in_result: str = ""
    """The same in a result, which names the command too."""
    in_messages: bool = True
    """Whether messages on a screen name the key in place of the command."""


class Progress(NamedTuple):
    """How far a run has come that may be cancelled."""

    owed: Sequence[Owed]
    """What it has written down so far, settled or not."""
    done: Collection[str]
    """The kinds of the steps that are done."""
    at: str
    """The kind of the step that goes on; empty between two."""
    waits: bool = False
    """It waits until it can begin: no step is planned yet."""


class LeftBy(NamedTuple):
    """What one run still owes."""

    run: str
    outstanding: tuple[Owed, ...]
    unwell: dict[str, dict[str, str]]
    """Per host, containers that were not well before that run, and why."""
    last: str = ""
    """When it wrote its last word, RFC 3339; empty where that is not known."""


class Begun(NamedTuple):
    """What a restore finds that was begun by another; empty for one that begins again."""

    asides: dict[str, str]
    """Per host, where its root's former content lies."""
    ran: dict[str, list[str]]
    unwell: dict[str, dict[str, str]]
    kept: dict[str, frozenset[str]]
    """Per host whose files are all back, the stores that are back as well."""
    newer: Sequence[NewerFound] = ()
    """What was counted to be newer than the set, before anything was replaced."""


class Moved(NamedTuple):
    """What a run moved aside, with the unfinished ones that it had gone on with."""

    run: str
    kind: str
    goes_on: bool
    set_id: str
    domain: str
    """By which domain it knows the platform."""
    asides: tuple[Owed, ...]
    """One for each root, as their journals tell it; else as what lies there does."""
    places: frozenset[str]
    """Every folder that they moved something to, whatever has become of it."""
    runs: tuple[str, ...]
    """All of them."""
    ran: dict[str, list[str]]
    """Per host, the containers that ran before the first of them."""
    all_told: bool
    """Their journals are whole, and tell what was moved: what ran is known."""
    readable: bool
    """Their journals are whole: where they tell of nothing that was moved, nothing was."""
    unwell: dict[str, dict[str, str]]
    """Per host, containers that were not well before the first of them, and why."""
    gone_on_with_by: str
    """The last restore that went on with what this one had moved; empty for none."""
    returned: frozenset[str]
    """Folders whose content an undo, maybe one that was stopped half-way, has put back."""
    ended: str = ""
    """When it ended, RFC 3339; empty where that is not known."""
    began: str = ""
    """When the first of them was asked for, RFC 3339; empty where that is not known."""
    newer: Sequence[NewerFound] = ()
    """What undos of it that were stopped had counted to be newer than its set."""
    begun_in: Sequence[str] = ()
    """Undos of it that were stopped, the newest first: where one has set something aside, the next
    sets the rest aside."""
    former: bool = False
    """Of an undo: what it set aside was there before the restore, or came since."""
    kept_by: str = ""
    """What was put back of it lies aside again, as this undo has set it aside; empty for none."""
    half_way: bool = False
    """Of an undo: what it puts back is not back yet, or its root is half-way for another reason."""


class Past(Protocol):
    """What earlier runs left, as far as plans ask for it; `runs/planning/past.py` tells it."""

    def seconds(
        self, kind: str, roles: Collection[str] = (), depth: str = ""
    ) -> dict[Likeness, float]:
        """What steps took in the last such run that came to its end; of these roles, and of this
        depth, where there was one."""

    def policies(self) -> dict[tuple[str, str], str]:
        """By host and container, the restart policies that were not given back."""

    def going_on(self) -> GoingOn | None:
        """The run that holds the platform now, as far as is known here."""

    def over(self, kind: str) -> list[str]:
        """The runs of a kind that go on no more."""

    def left_by(self, run: str) -> LeftBy:
        """What one run still owes. Raises `run-unknown`."""

    def begun(self, run: str, continues: str, set_id: str) -> Begun:
        """What a restore goes on with.

        Args:
            run: the restore itself.
            continues: the one that was stopped half-way; empty for none.
            set_id: the set's, in full.
        """

    def moved(self, run: str) -> Moved:
        """What one run moved aside, also one of which only that tells. Raises `run-unknown`."""

    def newest_undoable(self) -> str:
        """The last restore that can be undone now; empty where none can."""

    def half_done(self, *, but: str) -> str:
        """What of an earlier run is still to be put back, in a sentence; empty for nothing.

        Args:
            but: the run that asks, which is no earlier one.
        """


class World(NamedTuple):
    """What a run is planned in."""

    site: Site
    deployment: Deployment
    past: Past
    run: str
    """The run's id; `RUN` in a preview."""


LOOKS = "audit-live"
"""The kind of the step in which a run that moves roots is done already, and asks the platform."""
PUTS_BACK = "put-back-root"
"""The kind of the step that brings the former content of a root back."""


class Request(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind"):
    """One run as it was asked for, `request.json` in its folder; and what is said of its kind.

    As it stands here it is the kind of a run that this program does not know: a later one's.
    """

    run: str = ""
    """Its id; whoever starts it gives it."""
    settings: Settings
    asked: str = ""
    """When; the same."""
    recovers: str = ""
    """The run whose debts this one takes over."""
    by: Who | None = None
    """Who asked for it; whoever starts it gives it. None in older ones."""
    confirmed: str = ""
    """How that person confirmed it: `dialog` (of the interface), `typed` (the word, where
    the command line asked for it), `option` (`--confirm`); empty where nothing was to be confirmed,
    and in older ones."""

    # What is asked for beside that, which is a field of those kinds that have it.

    @property
    def roles(self) -> tuple[str, ...]:
        """The chosen ones; empty for all, or where there is no choice."""
        return ()

    @property
    def label(self) -> str:
        """A word for the name of the set that is made."""
        return ""

    @property
    def set_id(self) -> str:
        """The full id of the set that it is about."""
        return ""

    @property
    def set_known(self) -> str:
        """The same, where it was settled when it was asked for; empty where the run settles it."""
        return self.set_id

    @property
    def wait(self) -> float:
        """Seconds for which it waits at most, before it is planned, until it can begin."""
        return 0.0

    @property
    def continues(self) -> str:
        """The full id of the restore that it brings to its end."""
        return ""

    @property
    def undone_run(self) -> str:
        """The full id of the run that is undone."""
        return ""

    @property
    def released_run(self) -> str:
        """The full id of the run whose kept content is let go."""
        return ""

    @property
    def kind(self) -> str:
        """The name of its kind."""
        return str(self.__struct_config__.tag)

    def plan(self, world: World) -> Plan:
        """The steps, as they would be done now. Effects have no place here.

        Raises:
            PryvTuiError: it can't be done, and why.
        """
        raise TypeError(f"{type(self).__name__} can't be planned")

    def in_its_way(self, plan: Plan, world: World) -> list[GuardLine]:
        """Whether it can begin now, of one that may wait for that."""
        return []

    def allow(self, plan: Plan) -> None:
        """See that what a person has to confirm was confirmed, before anything is changed.

        Raises:
            PryvTuiError: `refused`, it was not.
        """

    # What is said of the kind.

    holds_platform: ClassVar[bool] = True
    """One at a time may go on. One that does not only looks at sets: it knows no machine and no
    root, owes nothing, and goes on beside the others."""
    looks_at_platform: ClassVar[bool] = False
    """Of one that does not hold it: it looks at its machines and roots all the same."""
    of_a_container: ClassVar[bool] = False
    """It starts or stops one container."""
    makes_a_set: ClassVar[bool] = False
    """One that came to no end made none."""
    moves_roots: ClassVar[bool] = False
    """It moves the content of roots aside."""
    puts_back: ClassVar[bool] = False
    """What it is for is done as soon as the former content of every root is back."""
    for_good: ClassVar[bool] = False
    """What it removes can't be brought back."""
    begins_anew: ClassVar[bool] = False
    """After a failure that names no way on, it is simply asked for again."""
    again_after: ClassVar[str] = "When it is to be done all the same"
    """What stands before its command after a cancel."""
    key: ClassVar[Key | None] = None
    """Its key in the interface."""
    on_container: ClassVar[str] = ""
    """What is pressed on the overview for a container; `{name}` is its name."""

    @classmethod
    def cancelling(cls, progress: Progress) -> str:
        """What a cancel would leave, in sentences."""
        return "What it leaves by then is told by its result."

    @classmethod
    def done(cls, plan: Plan, ctx: RunContext) -> str:
        """What was done when a run came to its end, in sentences."""
        return "It came to its end."

    @classmethod
    def warnings(cls, plan: Plan, ctx: RunContext) -> list[str]:
        """What of a run that came to its end needs a person by its plan, and what runs then: exit 3
        then."""
        return []

    @classmethod
    def in_vain(cls, plan: Plan, ctx: RunContext) -> PryvTuiError | None:
        """Why a run whose steps came to their end has not done what it was asked for; None where it
        has."""
        return None

    @classmethod
    def then(cls, plan: Plan, ctx: RunContext) -> Sequence[str | Offer]:
        """What may be done next; as an offer where that may not be possible any more later."""
        return []

    @classmethod
    def again(cls, plan: Plan, ctx: RunContext) -> str:
        """The command that begins it again; empty where its failure tells that."""
        return ""

    @classmethod
    def stands(cls, plan: Plan, ctx: RunContext, *, changed: bool, half: bool) -> str:
        """How things stand after one that failed, as a further sentence with a space before it.

        Args:
            changed: it had changed something.
            half: a root is half-restored.
        """
        return "" if changed else " Nothing was changed."

    @classmethod
    def after_death(cls, set_id: str, *, done: bool = False) -> str:
        """What to do about one whose process is gone and which left nothing to be put back.

        Args:
            set_id: the set that it was about; empty for none.
            done: all that it is for was done by then, as `is_done` tells.
        """
        return "It left nothing that has to be put back, as far as its journal tells."

    @classmethod
    def is_done(cls, done: Collection[str]) -> bool:
        """Whether all that it is for was done, by the kinds of the steps that are: what comes
        after that only looks."""
        return False

    @classmethod
    def unasked(cls, planned: Collection[str], done: Collection[str]) -> bool:
        """Whether one that is done had planned a look at what it made, and did not come to it."""
        return False

    @classmethod
    def partial_left(cls, folder: str) -> str:
        """What a folder of the vault is that it left unfinished; empty where it makes none."""
        return ""

    @classmethod
    def partial_goes(cls, folder: str) -> str:
        """Why that folder may be removed, and the command; empty where it may not."""
        return ""

    @classmethod
    def unsent(cls, ctx: RunContext) -> bool:
        """Whether its set is complete and not in the repository, when it failed."""
        return cls.makes_a_set and ctx.manifest is not None


def kind_of(name: str) -> type[Request]:
    """The kind of a name; `Request` itself for one that this program does not know."""
    return known_kind(name) or Request


def known_kind(name: str) -> type[Request] | None:
    """The kind of a name, or None where this program does not know it."""
    module = kind_module(name)
    return module.KIND if module is not None else None


def spoken(plan: Plan, given: tuple[str, ...]) -> Plan:
    """A plan whose sentences name commands as they are typed for this platform.

    Args:
        given: the options that the program was started with.
    """
    return msgspec.structs.replace(
        plan,
        notice=tuple(completed(line, given) for line in plan.notice),
        effects=tuple(completed(line, given) for line in plan.effects),
    )
