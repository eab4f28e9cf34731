"""Check the story of a scenario: all names in it exist, and every decision can lead to an end.
Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import NoReturn, Protocol

from pryv_tui.drills.scenarios.model import (
    DOMAIN,
    NAMES_IT,
    OF_A_SET,
    PLACE,
    PLAYED_PHASES,
    Act,
    Decision,
    Scenario,
)
from pryv_tui.operations.settings.configuration import At
from pryv_tui.platform.roles import ROLE_NAMES
from pryv_tui.practice.faults import FAULTS
from pryv_tui.practice.services import SERVICES

NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,47}")
_CLOCK = re.compile(r"([01]\d|2[0-3]):[0-5]\d")
_OF_DEED: Mapping[str, tuple[str, ...]] = {
    "backup": ("name", "roles"), "remember": ("name",), "verify": ("set",), "audit-set": ("set",),
    "audit-live": ("set",),
    "restore": ("set", "roles", "wait"), "bring-files": ("set",), "lose": ("role",),
    "fault": ("fault",), "clear": ("fault",), "start-container": ("container",),
    "start-meanwhile": ("container",),
    "grow": ("users", "attachments", "points"),
}  # fmt: skip
"""The keys that an act (`do`) takes besides `expect`; an act that is not listed takes none."""
_NEEDS = ("name", "set", "role", "fault", "container")
_OPTIONAL = ("clear", "audit-live")
"""Acts whose key may be omitted: `clear` then ends all faults, `audit-live` uses no set."""


class Wrong(Protocol):
    """A function that raises an error about a place in the file."""

    def __call__(self, at: At, what: str, way: str = ...) -> NoReturn: ...


def check(scenario: Scenario, wrong: Wrong, *, stem: str) -> None:
    """Check that a scenario's story is consistent.

    Args:
        wrong: called with the first fault; it raises the error.
        stem: the name of the scenario's file, without `.toml`.

    Raises:
        PryvTuiError: `scenario`, raised by `wrong`.
    """
    _Story(scenario, wrong).check(stem)


class _Story:
    def __init__(self, scenario: Scenario, wrong: Wrong) -> None:
        self.it = scenario
        self.wrong = wrong
        self.places = {
            f"{one.id}.{option.id}": ("decision", n, "option", m)
            for n, one in enumerate(scenario.decisions)
            for m, option in enumerate(one.options)
        }

    def check(self, stem: str) -> None:
        it = self.it
        if not NAME.fullmatch(it.name) or it.name != stem:
            self.wrong(
                ("name",),
                f"`name` is {it.name!r}, and the file is called {stem}.toml",
                "A name has lower-case letters, digits and hyphens, and its file has the same"
                " name.",
            )
        if not _CLOCK.fullmatch(it.starts):
            self.wrong(("starts",), f"`starts` is {it.starts!r}", 'A time of day, such as "03:12".')
        self._ids()
        self._checks()
        self._ways()
        self._acts()
        self._gates()

    def _ids(self) -> None:
        it = self.it
        both = [("decision", n, one.id) for n, one in enumerate(it.decisions)]
        both += [("end", n, one.id) for n, one in enumerate(it.ends)]
        self._once(both)
        self._once(("check", n, one.id) for n, one in enumerate(it.checks))
        self._once(("gate", n, one.id) for n, one in enumerate(it.gates))
        for n, one in enumerate(it.decisions):
            self._once(
                (("option", m, option.id) for m, option in enumerate(one.options)),
                ("decision", n),
            )

    def _once(self, found: Iterable[tuple[str, int, str]], above: At = ()) -> None:
        seen: set[str] = {"start"}
        for table, number, name in found:
            at = (*above, table, number, "id")
            if not NAME.fullmatch(name):
                self.wrong(
                    at, f"`id` is {name!r}", "An id has lower-case letters, digits and hyphens."
                )
            if name in seen:
                self.wrong(at, f"the id {name!r} is already used", "Give it another one.")
            seen.add(name)

    def _checks(self) -> None:
        it = self.it
        known = {one.id for one in it.checks}
        remembered = self._named("remember")
        for n, one in enumerate(it.checks):
            at: At = ("check", n)
            if one.kind == "same" and one.name not in remembered:
                self._unknown((*at, "name"), "nothing is remembered as", one.name, remembered)
            if one.kind == "set" and one.set not in self._named("backup"):
                self._unknown((*at, "set"), "no backup is named", one.set, self._named("backup"))
            if one.kind == "chosen" and not one.chosen:
                self.wrong(at, "it names no option that has to be chosen", "Name them in `chosen`.")
            for name in one.chosen:
                self._need_option((*at, "chosen"), name)
        for n, end in enumerate(it.ends):
            for name in end.red:
                if name not in known:
                    self._unknown(("end", n, "red"), "no check is called", name, known)
            if end.good and end.red:
                self.wrong(("end", n, "red"), "at a good end every check is passed")
            if not end.good and not end.red:
                self.wrong(
                    ("end", n),
                    f"nothing shows that the end {end.id!r} is not good",
                    "Name in `red` the checks that are not passed then.",
                )
        for n, decision in enumerate(it.decisions):
            for m, option in enumerate(decision.options):
                for key, names in (("red", option.red), ("green", option.green)):
                    for name in names:
                        if name not in known:
                            at = ("decision", n, "option", m, key)
                            self._unknown(at, "no check is called", name, known)

    def _ways(self) -> None:
        it = self.it
        known = [*(one.id for one in it.decisions), *(one.id for one in it.ends)]
        if it.decision(it.first) is None:
            self._unknown(("first",), "no decision is called", it.first, known)
        for n, decision in enumerate(it.decisions):
            at: At = ("decision", n)
            if decision.phase not in PLAYED_PHASES:
                self.wrong(
                    (*at, "phase"),
                    f"`{decision.phase}` comes after the story, when the drill is closed",
                    f"One of: {', '.join(PLAYED_PHASES)}.",
                )
            safe = [option for option in decision.options if option.safe]
            if len(safe) != 1 or safe[0].wrong:
                self.wrong(
                    at,
                    f"the decision {decision.id!r} has {len(safe)} safe options"
                    if len(safe) != 1
                    else f"the safe option of {decision.id!r} is a wrong one",
                    "Exactly one has `safe = true`, and not `wrong = true`: it is focused.",
                )
            for m, option in enumerate(decision.options):
                if option.then not in known:
                    self.wrong(
                        (*at, "option", m, "then"),
                        f"the option {option.id!r} of {decision.id!r} leads nowhere: no decision"
                        f" or end has the id {option.then!r}",
                        f"You can use: {', '.join(known)}.",
                    )
        self._reachable()

    def _reachable(self) -> None:
        it = self.it
        seen = self._from(it.first, right=False)
        places = [("decision", n, one.id) for n, one in enumerate(it.decisions)]
        for table, n, name in [*places, *(("end", n, one.id) for n, one in enumerate(it.ends))]:
            if name not in seen:
                self.wrong(
                    (table, n),
                    f"no way leads to the {table} {name!r}",
                    "Name it in the `then` of an option, or remove it.",
                )
        good = {one.id for one in it.ends if one.good}
        if not good & self._from(it.first, right=True):
            self.wrong(
                (),
                "no way leads to a good end by options that are not wrong",
                "Write an [[end]] with `good = true`, and a way to it.",
            )
        ends = {one.id for one in it.ends}
        for n, decision in enumerate(it.decisions):
            if not ends & self._from(decision.id, right=True):
                self.wrong(
                    ("decision", n),
                    f"from {decision.id!r} no way leads to an end by options that are not wrong",
                    "Let one of its options lead on.",
                )

    def _from(self, first: str, *, right: bool) -> set[str]:
        seen: set[str] = set()
        pending = [first]
        while pending:
            name = pending.pop()
            if name in seen:
                continue
            seen.add(name)
            decision = self.it.decision(name)
            for option in decision.options if decision is not None else ():
                if not (right and option.wrong):
                    pending.append(option.then)
        return seen

    def _acts(self) -> None:
        it = self.it
        made: set[str] = set()
        for n, act in enumerate(it.before):
            self._act(act, ("before", n), sets=made)
            if act.do == "backup":
                made.add(act.name)
        every = self._named("backup")
        for n, decision in enumerate(it.decisions):
            for m, option in enumerate(decision.options):
                texts = (("command", option.command), ("undo", option.undo))
                for key, name in (
                    (key, name) for key, told in texts for name in PLACE.findall(told)
                ):
                    if name not in (DOMAIN, *every):
                        at = ("decision", n, "option", m, key)
                        self._unknown(at, "nothing is put in the place of", name, (DOMAIN, *every))
                for k, act in enumerate(option.act):
                    self._act(act, ("decision", n, "option", m, "act", k), sets=every)
        for n, one in enumerate(it.happenings):
            for key, moment in (("at", one.at), ("until", one.until)):
                if moment and moment != "start" and it.decision(moment) is None:
                    self._need_option(("happening", n, key), moment)
            for k, act in enumerate(one.act):
                self._act(act, ("happening", n, "act", k), sets=every)
                if one.until and act.do != "fault":
                    self.wrong(
                        ("happening", n, "until"),
                        f"`until` ends a fault, but {act.do} is not one",
                        "Omit it, or write another [[happening]].",
                    )

    def _act(self, act: Act, at: At, *, sets: Iterable[str]) -> None:
        takes = _OF_DEED.get(act.do, ())
        blank = Act(do=act.do)
        for key in ("name", "set", "roles", "role", "fault", "container", "users", "attachments",
                    "points", "wait"):  # fmt: skip
            given = getattr(act, key) != getattr(blank, key)
            if given and key not in takes:
                what = f"It takes: {', '.join(takes)}." if takes else "It takes nothing."
                self.wrong((*at, key), f"`{act.do}` takes no `{key}`", what)
            if not given and key in takes and key in _NEEDS and act.do not in _OPTIONAL:
                self.wrong(at, f"`{act.do}` needs `{key}`", f"Add `{key} = …`.")
        if (act.do in OF_A_SET or act.set) and act.set not in sets:
            self._unknown((*at, "set"), "no backup before it is named", act.set, sets)
        if act.do in NAMES_IT and not NAME.fullmatch(act.name):
            self.wrong(
                (*at, "name"),
                f"`name` is {act.name!r}",
                "Use lower-case letters, digits and hyphens.",
            )
        for role in act.roles:
            if role not in ROLE_NAMES:
                self._unknown((*at, "roles"), "no role is called", role, ROLE_NAMES)
        if act.role and act.role not in (*ROLE_NAMES, "all"):
            self._unknown((*at, "role"), "no role is called", act.role, (*ROLE_NAMES, "all"))
        fault, _, service = act.fault.partition(":")
        if fault and fault not in FAULTS:
            self._unknown((*at, "fault"), "no fault is called", fault, FAULTS)
        if service and service not in SERVICES:
            self._unknown((*at, "fault"), "no service is called", service, SERVICES)
        if act.container and act.container.removeprefix("pryvio_") not in SERVICES:
            known = [f"pryvio_{name}" for name in SERVICES]
            self._unknown((*at, "container"), "no container is called", act.container, known)
        if act.do == "grow" and not (act.users or act.attachments or act.points):
            self.wrong(at, "`grow` makes nothing", "Write `users`, `attachments` or `points`.")
        if not act.expect:
            self.wrong((*at, "expect"), "`expect` names no outcome", "Omit the line.")

    def _gates(self) -> None:
        for n, gate in enumerate(self.it.gates):
            for key, names in (("opened_by", gate.opened_by), ("before", gate.before)):
                if not names:
                    self.wrong(("gate", n, key), f"`{key}` of the gate {gate.id!r} names nothing")
                for name in names:
                    self._need_option(("gate", n, key), name)

    def _need_option(self, at: At, name: str) -> None:
        if name not in self.places:
            known: Sequence[str] = sorted(self.places)
            self._unknown(at, "no option of a decision is called", name, known)

    def _named(self, deed: str) -> set[str]:
        """Return the values of `name` in all acts of this kind, anywhere in the story."""
        found = list(self.it.before)
        for decision in self.it.decisions:
            found += _acts_of(decision)
        for one in self.it.happenings:
            found += one.act
        return {act.name for act in found if act.do == deed}

    def _unknown(self, at: At, what: str, name: str, known: Iterable[str]) -> NoReturn:
        there = ", ".join(sorted(known)) or "none"
        self.wrong(at, f"{what} {name!r}", f"You can use: {there}.")


def _acts_of(decision: Decision) -> list[Act]:
    return [act for option in decision.options for act in option.act]
