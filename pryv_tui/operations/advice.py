"""Work out the advice on what to do about a half-done run. Pure.

The interface's dialog and overview, `status`, a run's result and `recover` all show this advice.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

import msgspec

from pryv_tui.clock import moment_of, shown
from pryv_tui.operations.commands import confirm_words
from pryv_tui.operations.debts import in_a_row
from pryv_tui.phrases import counted

Way = Literal["finish", "roll-back"]
WAYS: tuple[Way, ...] = ("finish", "roll-back")

UNTOLD = "no journal here mentions it"
_BY_NAME = 3
"""Up to this many containers are listed by name; if there are more, only their number is given."""
_CAUSE = "Find out what ended its process: dmesg shows if memory was short."


class Failure(msgspec.Struct, frozen=True, kw_only=True):
    """Why a run was not completed, from the last event of its journal."""

    error: str
    """The name of the error, see `errors.py`."""
    what: str
    remedy: str = ""
    account: str = ""
    """The account that owns the file in question, as shown to people; empty if unknown."""
    step: str = ""
    """The title of the step that failed; empty if no step was running."""
    like: tuple[str, ...] = ()
    """The kind, store, phase and host of that step (`plan.likeness`)."""
    passes: bool = False
    """Whether the cause goes away by itself, such as load or a lock. False in older journals."""


class Stop(msgspec.Struct, frozen=True, kw_only=True):
    """How one attempt stopped: the half-done run itself, or a later run to finish it or roll it
    back."""

    run: str
    way: Way | Literal[""] = ""
    """The way that the run tried; empty for a run with another purpose that left something
    small."""
    how: str = "died"
    """`died`, or the outcome of the run."""
    at: str = ""
    """When the run last wrote to its journal, RFC 3339; empty if unknown."""
    failure: Failure | None = None
    """Why it failed; None if the run died, or if an older version wrote its journal."""
    said: str = ""
    """The last message of the run; empty if it died."""
    step: str = ""
    """For a run that died: the title of its current step; empty if it had begun none."""
    like: tuple[str, ...] = ()
    """For a run that died: the kind, store, phase and host of that step."""
    rebooted: bool = False
    """Whether the machine was rebooted since the run's process started."""


class Choice(msgspec.Struct, frozen=True, kw_only=True):
    """A way that is possible: what it does, and what it costs."""

    does: str
    cost: str
    gone: tuple[str, ...] = ()
    """Roles whose files would be gone again."""


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a half-done run."""

    run: str
    kind: str
    what: str
    """What is half-done, as a sentence."""
    half: bool
    """Whether a root is half-done. If not, only containers, dump folders and the like are."""
    stops: tuple[Stop, ...] = ()
    """How the run and all later attempts stopped, oldest first; empty if no journal says."""
    untold: str = UNTOLD
    """Why no journal says how the run stopped."""
    down: tuple[str, ...] = ()
    """The containers that were running before and are not running now."""
    lacks: tuple[str, ...] = ()
    """The state of the roles on these machines that are down for any reason, in words."""
    since: str = ""
    """Since when the first of `down` is down, RFC 3339; empty unless known for all of them."""
    by_now: str = ""
    """The time since `since`, in words (`59 min by now`); empty if unknown."""
    unseen: tuple[str, ...] = ()
    """Machines whose engine does not answer, so that it is unknown what is running there."""
    ways: dict[Way, Choice] = {}
    """The ways that are possible."""
    cant: dict[Way, str] = {}
    """The ways that are not possible, each with the reason."""
    before: str = ""
    """What has to be done first, for either way; empty if nothing."""
    domain: str = ""
    third: str = ""  # what else is possible where neither way comes to its end, in sentences


class Option(msgspec.Struct, frozen=True, kw_only=True):
    """A choice for the operator, and what it costs."""

    choice: str
    """`finish`, `roll-back` or `leave`."""
    command: str = ""
    """The command; empty for `leave`."""
    first: str = ""
    """What has to be done first, because the choice will probably fail again otherwise; or
    empty."""
    does: str = ""
    cost: str = ""
    gone: tuple[str, ...] = ()
    """Roles whose files would be gone again."""


class Advice(msgspec.Struct, frozen=True, kw_only=True):
    """What to do about a half-done run."""

    run: str
    kind: str
    what: str
    why: str
    """Why the run stopped, or that the reason is unknown."""
    down: str
    """What is down because of the run and since when, or that this is unknown."""
    options: tuple[Option, ...]
    """The choices: the advised one first, `leave` last."""
    advised: str
    """The `choice` of the advised option; empty if none is advised."""
    because: str
    """Why this option, or none, is advised."""
    third: str = ""
    """What else can be done if neither way is advised, in sentences; else empty."""
    repeats: bool = False
    """Whether the advised way has stopped several times for the same reason.

    Then it must not be started without asking: it will stop again, unless its `first` was done.
    """
    turned: bool = False
    """Whether the other way than the wanted one is advised.

    The wanted one has stopped several times for the same reason. The advised way must not be
    started without asking: nobody asked for it.
    """

    @property
    def text(self) -> str:
        """What is known of the half-done run, as one paragraph."""
        return " ".join(filter(None, (self.what, self.why, self.down)))


def advise(facts: Facts) -> Advice:
    """Work out the advice about a half-done run."""
    last = {stop.way: stop for stop in facts.stops if stop.way}
    many = {way: _times(facts.stops, way) for way in WAYS}
    options = {
        way: Option(
            choice=way,
            command=recover_command(way, facts.domain, choice.gone),
            first=" ".join(filter(None, (facts.before, _first(last.get(way), many[way])))),
            does=choice.does,
            cost=choice.cost,
            gone=choice.gone,
        )
        for way in WAYS
        if (choice := facts.ways.get(way)) is not None
    }
    wanted, reason = _wanted(facts, options)
    advised, because = _advised(facts, options, many, wanted, reason)
    repeats = any(many[way] > 1 for way in WAYS if way == advised) and not facts.before
    leave = Option(choice="leave", does="Nothing changes.", cost=_cost_of_leaving(facts))
    ordered = sorted(options.values(), key=lambda one: one.choice != advised)
    return Advice(
        run=facts.run,
        kind=facts.kind,
        what=facts.what,
        why=_why(facts, many),
        down=_down(facts),
        options=(*ordered, leave),
        advised=advised,
        because=because,
        third="" if advised or not options else facts.third,
        repeats=repeats,
        turned=bool(advised) and advised != wanted,
    )


def recover_command(way: str, domain: str, gone: Sequence[str]) -> str:
    """The command for a way, with `--confirm` if a role's files would be gone again."""
    return f"pryv-tui recover --{way}{confirm_words(domain) if gone else ''}"


def _wanted(facts: Facts, options: Mapping[Way, Option]) -> tuple[Way, str]:
    """The way that fits the operator's request, and the reason.

    To roll back after a cancel; else to finish, if that is possible.
    """
    wanted: Way = "finish" if "finish" in options else "roll-back"
    cancelled = bool(facts.stops) and facts.stops[-1].how == "cancelled"
    if cancelled and "roll-back" in options:
        wanted, reason = "roll-back", "the run was cancelled, and a cancel asks for going back."
    elif wanted == "finish":
        reason = "that was the run's purpose."
    else:
        reason = "it is the one way that is possible."
        reason = " ".join(filter(None, (reason, facts.cant.get("finish", ""))))
    return wanted, reason


def _advised(
    facts: Facts,
    options: Mapping[Way, Option],
    many: Mapping[Way, int],
    wanted: Way,
    reason: str,
) -> tuple[str, str]:
    """The advised way and the reason; the way is empty if none is advised.

    It is the wanted way, unless that has stopped several times for the same reason and no remedy is
    known. Then it is the other way, if that is possible, has not stopped several times itself, and
    leaves no role without files.

    Args:
        many: for each way, how many of its last attempts stopped for the same reason.
    """
    if not options:
        return "", facts.before or " ".join(facts.cant.values())
    if many[wanted] < 2 or facts.before:
        return wanted, reason
    again = f"{_named(wanted)} stopped {many[wanted]} times for the same reason"
    if _mend(_last(facts.stops, wanted)):
        return wanted, f"{again}: it will stop again, unless its cause is corrected first."
    other: Way = "roll-back" if wanted == "finish" else "finish"
    if other in options and not options[other].gone and many[other] < 2:
        return other, f"{again}, and that reason is not known to go away by itself."
    neither = "advised either" if other in options else "possible"
    return "", f"{again}, and {_named(other)} is not {neither}. {facts.third}".rstrip()


def _last(stops: Sequence[Stop], way: Way) -> Stop | None:
    return next((stop for stop in reversed(stops) if stop.way == way), None)


def _times(stops: Sequence[Stop], way: Way) -> int:
    """How many of the last attempts of a way are known to have stopped for the same reason."""
    return in_a_row(reversed([stop for stop in stops if stop.way == way]))


def _mend(stop: Stop | None) -> str:
    """The remedy from the last attempt of a way; empty if it gave none, or was cancelled."""
    if stop is None or stop.how == "cancelled" or stop.failure is None:
        return ""
    return stop.failure.remedy


def _first(stop: Stop | None, many: int) -> str:
    if stop is not None and stop.how == "died":
        return _CAUSE if many > 1 else ""
    return _mend(stop)


def _named(way: str) -> str:
    return "finishing it" if way == "finish" else "rolling it back"


def _why(facts: Facts, many: Mapping[Way, int]) -> str:
    if not facts.stops:
        return f"Why it stopped is not known: {facts.untold}."
    last, tries = facts.stops[-1], len(facts.stops)
    words = _stopped(last)
    if tries > 1:
        count = many[last.way] if last.way else 1
        same = f", {count} of them for this reason" if count > 1 else ""
        words = f"{words} It is the last of {counted(tries, 'try', 'tries')}{same}: {last.run}."
    return words


def _stopped(stop: Stop) -> str:
    """A sentence on why a run stopped, as far as known."""
    where = stop.failure.step if stop.failure is not None else stop.step
    if stop.how != "died":
        told = stop.failure.what if stop.failure is not None else stop.said
        told = f"{f'{where}: ' if where else ''}{told}".strip().rstrip(".")
        if stop.how == "cancelled":
            return "Why: the run was cancelled, and not everything was put back."
        return (
            f"Why: {told}." if told else ("Why it stopped is not known: its journal does not say.")
        )
    heard = f", last heard of at {_clock(stop.at)}" if stop.at else ""
    at = f"at: {where}" if where else "before its first step"
    if stop.rebooted:
        return f"Why: the machine was restarted, which ended its process; it was {at}{heard}."
    return f"Why it stopped is not known: its process is gone; it was {at}{heard}."


def _down(facts: Facts) -> str:
    unseen = ""
    if facts.unseen:
        unseen = f"What runs on {', '.join(facts.unseen)} is not known: no engine answers there."
    if not facts.down:
        if facts.lacks:
            return f"Down now: {'; '.join(facts.lacks)}. {unseen}".rstrip()
        return unseen or "Nothing that it had stopped is down now."
    since = f"since {_clock(facts.since)}" if facts.since else "now, not known since when"
    return " ".join(filter(None, (f"Down {since}: {_some(facts.down)}.", unseen)))


def _some(names: Sequence[str]) -> str:
    """The names of up to `_BY_NAME` containers; of more, only their number."""
    if len(names) <= _BY_NAME:
        return ", ".join(names)
    return f"{counted(len(names), 'container')} that ran before"


def _cost_of_leaving(facts: Facts) -> str:
    many = len(facts.down)
    words = ["the root stays half-way"] if facts.half else []
    if many:
        which = f"{facts.down[0]} stays" if many == 1 else f"{counted(many, 'container')} stay"
        words.append(f"{which} down, {facts.by_now or 'it is not known for how long'}")
    if facts.unseen:
        words.append(f"what else is down on {', '.join(facts.unseen)} is not known")
    told = "; ".join(words) or "what it left stays as it is"
    return f"{told[0].upper()}{told[1:]}."


def _clock(text: str) -> str:
    return shown(text) if moment_of(text) is not None else "a time that can't be read"


def option_words(option: Option) -> str:
    """What a choice does and costs, as one paragraph."""
    gone = f"{', '.join(option.gone)} will be gone again." if option.gone else ""
    return " ".join(filter(None, (option.does, option.cost, gone)))


def first_words(option: Option, then: str) -> str:
    """The words for a choice, after what has to be done first, if anything.

    Args:
        then: the words for the choice: its command or key, and what it does.
    """
    return f"First: {option.first.rstrip('.')}; then {then}" if option.first else then


def because_words(advice: Advice) -> str:
    """A sentence on what is advised and why; empty if there is no reason to give."""
    if advice.advised:
        named = "to finish it" if advice.advised == "finish" else "to roll it back"
        return f"The advice is {named}: {advice.because}"
    if not advice.because:
        return ""
    ways = sum(one.choice in WAYS for one in advice.options)
    none = ("Nothing is advised", "That is not advised", "Neither is advised")[min(ways, 2)]
    return f"{none}: {advice.because}"


def advice_lines(advice: Advice, said: str = "") -> list[str]:
    """A line for each choice, with the command that does it, and one for what is advised.

    Args:
        said: the `first` that the text before these lines has already; it is not repeated.
    """
    lines = []
    for one in advice.options:
        words = f"{one.command or 'Leave it'}: {option_words(one)}"
        lines.append(f"Then {words}" if said and one.first == said else first_words(one, words))
    return [*lines, *filter(None, [because_words(advice)])]


def advice_words(advice: Advice) -> str:
    """The advice in one line, for the overview.

    If neither way is advised, it leaves out the long explanation and refers to `recover`.
    """
    if not advice.third:
        lines = advice_lines(advice)
        for at, one in enumerate(advice.options):
            lead = "To finish it: " if one.choice == "finish" else "To roll it back: "
            lines[at] = f"{lead}{lines[at]}" if one.command and not one.first else lines[at]
        return " ".join(lines)
    short = because_words(advice).removesuffix(advice.third).rstrip()
    return (
        f"{short} To see what each way does and costs, and what else is possible: pryv-tui recover"
    )
