"""What was left half-done, and what can be done about it: one piece of advice, made of facts. Pure.

The interface's dialog, what needs a person, `status`, a run's result and `recover` all say this.
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

UNTOLD = "no journal here tells of it"
_BY_NAME = 3
"""So many containers are named; more are counted."""
_CAUSE = "Look for what ended its process: dmesg tells when memory was short."


class Failure(msgspec.Struct, frozen=True, kw_only=True):
    """Why a run did not come to its end, as its last word has it."""

    error: str
    """The name of the error, see `errors.py`."""
    what: str
    remedy: str = ""
    account: str = ""
    """Whose the file is that it is about, as it is shown; empty where that is not known."""
    step: str = ""
    """The title of the step that failed; empty between two, and before the first."""
    like: tuple[str, ...] = ()
    """What that step is in another plan too: kind, store, phase, host."""
    passes: bool = False
    """It was so then, and passes by itself: load, a lock. False in older journals."""


class Stop(msgspec.Struct, frozen=True, kw_only=True):
    """How one run stopped that tried to bring it to its end, or to put it back."""

    run: str
    way: Way | Literal[""] = ""
    """Which of the choices it was; empty for a run that left something small on another errand."""
    how: str = "died"
    """`died`, or how it ended."""
    at: str = ""
    """When it was last heard of, RFC 3339; empty where nothing tells."""
    failure: Failure | None = None
    """None of one that died, and of one that an older program wrote down."""
    said: str = ""
    """Its last word in a sentence; empty of one that died."""
    step: str = ""
    """Of one that died, the title of the step that it was at; empty where it had begun none."""
    like: tuple[str, ...] = ()
    """The same as of a failure."""
    rebooted: bool = False
    """The machine was started anew since its process began."""


class Choice(msgspec.Struct, frozen=True, kw_only=True):
    """One of the ways that are possible."""

    does: str
    cost: str
    gone: tuple[str, ...] = ()
    """Roles that would be gone again."""


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of it."""

    run: str
    kind: str
    what: str
    """What is half-way, in a sentence."""
    half: bool
    """A root is; else containers, dump folders and the like."""
    stops: tuple[Stop, ...] = ()
    """The run's own end, and those of all that tried since, oldest first; empty where no journal
    tells."""
    untold: str = UNTOLD
    """Why no journal tells."""
    down: tuple[str, ...] = ()
    """What ran before and does not now."""
    lacks: tuple[str, ...] = ()
    """What is so of the roles there that are down, whoever's doing it is, in words."""
    since: str = ""
    """Since when the first of them, RFC 3339; empty where nothing tells it of each."""
    by_now: str = ""
    """For how long by now, in words; empty where that is not known."""
    unseen: tuple[str, ...] = ()
    """Machines whose engine does not tell what runs."""
    ways: dict[Way, Choice] = {}
    cant: dict[Way, str] = {}
    """Why another way is not possible."""
    before: str = ""
    """What has to be done before anything else can be, whichever way."""
    domain: str = ""
    third: str = ""  # what else is possible where neither way comes to its end, in sentences


class Option(msgspec.Struct, frozen=True, kw_only=True):
    """A choice with its price."""

    choice: str
    """`finish`, `roll-back` or `leave`."""
    command: str = ""
    """Empty for `leave`."""
    first: str = ""
    """What has to be done before; without it this would fail again, as far as is known."""
    does: str = ""
    cost: str = ""
    gone: tuple[str, ...] = ()
    """Roles that would be gone again."""


class Advice(msgspec.Struct, frozen=True, kw_only=True):
    """What to do about what one run left."""

    run: str
    kind: str
    what: str
    why: str
    """Why it stopped, or that this is not known."""
    down: str
    """What is down because of it and since when, or that this is not known."""
    options: tuple[Option, ...]
    """The advised one first; to leave it as it is last."""
    advised: str
    """Which of them; empty where none is."""
    because: str
    third: str = ""
    """What of that is about neither of them, in sentences; empty where one is advised."""
    repeats: bool = False
    """The advised way has stopped more than once for the same reason, and will again unless what
    is said first was done: nobody should begin it unasked."""
    turned: bool = False
    """What was asked for has stopped more than once for the same reason, and the other way is
    advised instead: nobody has asked for that, and nobody should begin it unasked either."""

    @property
    def text(self) -> str:
        """All that is known, as one paragraph."""
        return " ".join(filter(None, (self.what, self.why, self.down)))


def advise(facts: Facts) -> Advice:
    """The one piece of advice about what a run left."""
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
    """Our command that does a choice, with the word where a role would be gone again."""
    return f"pryv-tui recover --{way}{confirm_words(domain) if gone else ''}"


def _wanted(facts: Facts, options: Mapping[Way, Option]) -> tuple[Way, str]:
    """Which choice comes first by what was asked for, and why."""
    wanted: Way = "finish" if "finish" in options else "roll-back"
    cancelled = bool(facts.stops) and facts.stops[-1].how == "cancelled"
    if cancelled and "roll-back" in options:
        wanted, reason = "roll-back", "it was cancelled: to go back is what was asked for."
    elif wanted == "finish":
        reason = "it is what was asked for."
    else:
        reason = "it is the one way that there is."
        reason = " ".join(filter(None, (reason, facts.cant.get("finish", ""))))
    return wanted, reason


def _advised(
    facts: Facts,
    options: Mapping[Way, Option],
    many: Mapping[Way, int],
    wanted: Way,
    reason: str,
) -> tuple[str, str]:
    """Which choice, and why."""
    if not options:
        return "", facts.before or " ".join(facts.cant.values())
    if many[wanted] < 2 or facts.before:
        return wanted, reason
    again = f"{_named(wanted)} stopped {many[wanted]} times for the same reason"
    if _mend(_last(facts.stops, wanted)):
        return wanted, f"{again}: it will again, unless what is said first was done."
    other: Way = "roll-back" if wanted == "finish" else "finish"
    if other in options and not options[other].gone and many[other] < 2:
        return other, f"{again}, which is not known to go away by itself."
    neither = "advised either" if other in options else "possible"
    return "", f"{again}, and {_named(other)} is not {neither}. {facts.third}".rstrip()


def _last(stops: Sequence[Stop], way: Way) -> Stop | None:
    return next((stop for stop in reversed(stops) if stop.way == way), None)


def _times(stops: Sequence[Stop], way: Way) -> int:
    """How many of the last tries of a way stopped for one reason, as far as reasons are known."""
    return in_a_row(reversed([stop for stop in stops if stop.way == way]))


def _mend(stop: Stop | None) -> str:
    """What the last try of a way has told to do first."""
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
        return f"Why is not known: {facts.untold}."
    last, tries = facts.stops[-1], len(facts.stops)
    words = _stopped(last)
    if tries > 1:
        count = many[last.way] if last.way else 1
        same = f", {count} of them for this reason" if count > 1 else ""
        words = f"{words} It is the last of {counted(tries, 'try', 'tries')}{same}: {last.run}."
    return words


def _stopped(stop: Stop) -> str:
    """Why a run stopped, as far as that is known."""
    where = stop.failure.step if stop.failure is not None else stop.step
    if stop.how != "died":
        told = stop.failure.what if stop.failure is not None else stop.said
        told = f"{f'{where}: ' if where else ''}{told}".strip().rstrip(".")
        if stop.how == "cancelled":
            return "Why: it was cancelled, and not everything was put back."
        return f"Why: {told}." if told else "Why is not known: its last word does not tell."
    heard = f", last heard of at {_clock(stop.at)}" if stop.at else ""
    at = f"at: {where}" if where else "before its first step"
    if stop.rebooted:
        return f"Why: the machine was started anew, and its process with it; it was {at}{heard}."
    return f"Why is not known: its process is gone; it was {at}{heard}."


def _down(facts: Facts) -> str:
    unseen = ""
    if facts.unseen:
        unseen = f"What runs on {', '.join(facts.unseen)} is not known: no engine answers there."
    if not facts.down:
        if facts.lacks:
            return f"Down now: {'; '.join(facts.lacks)}. {unseen}".rstrip()
        return unseen or "Nothing that it had stopped is down now."
    since = f"since {_clock(facts.since)}" if facts.since else "now, since when is not known"
    return " ".join(filter(None, (f"Down {since}: {_some(facts.down)}.", unseen)))


def _some(names: Sequence[str]) -> str:
    """A few by name, more by their number."""
    if len(names) <= _BY_NAME:
        return ", ".join(names)
    return f"{counted(len(names), 'container')} that ran before"


def _cost_of_leaving(facts: Facts) -> str:
    many = len(facts.down)
    words = ["the root stays half-way"] if facts.half else []
    if many:
        which = f"{facts.down[0]} stays" if many == 1 else f"{counted(many, 'container')} stay"
        words.append(f"{which} down, {facts.by_now or 'for how long by now is not known'}")
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
    """What has to be done first, if anything, and then what.

    Args:
        then: the command or the key of the choice, and what it does.
    """
    return f"First: {option.first.rstrip('.')}; then {then}" if option.first else then


def because_words(advice: Advice) -> str:
    """What is advised, and why."""
    if advice.advised:
        named = "to finish it" if advice.advised == "finish" else "to roll it back"
        return f"Advised is {named}: {advice.because}"
    if not advice.because:
        return ""
    ways = sum(one.choice in WAYS for one in advice.options)
    none = (
        "Neither is advised"
        if ways > 1
        else "That is not advised"
        if ways
        else "Nothing is advised"
    )
    return f"{none}: {advice.because}"


def advice_lines(advice: Advice, said: str = "") -> list[str]:
    """A line for each choice, as the command that does it, and one for what is advised.

    Args:
        said: what has to be done first and is said just before.
    """
    lines = []
    for one in advice.options:
        words = f"{one.command or 'Leave it'}: {option_words(one)}"
        lines.append(f"Then {words}" if said and one.first == said else first_words(one, words))
    return [*lines, *filter(None, [because_words(advice)])]


def advice_words(advice: Advice) -> str:
    """The same in one line, among all that needs a person. Where neither way is advised what there
    is instead is long: it stands where the ways are chosen."""
    if not advice.third:
        return " ".join(advice_lines(advice))
    short = because_words(advice).removesuffix(advice.third).rstrip()
    return f"{short} What each does and costs, and what else there is: pryv-tui recover"
