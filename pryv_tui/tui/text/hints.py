"""Commands that messages name, said as keys where the interface has one. Pure.

What is meant to be pasted elsewhere (a result, a runbook) keeps its commands. Where a result is
shown, the key stands before each.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import lru_cache

from pryv_tui.operations.commands import completed
from pryv_tui.operations.kind import Key, kind_of
from pryv_tui.operations.kind_files import kind_names
from pryv_tui.runs.record.report import REMAINS, Part

Keyed = Callable[[str], str]
"""Makes a message one for the screen on which it is read."""

_ID = r"(?: (?P<id>\d{8}T\d{6}Z(?:[\w.-]*\w)?))?"
_CONTAINER = re.compile(
    r"\bpryv-tui (?:--[a-z]+ (?:'[^']*'|\S+) )*containers (?P<act>[a-z]+)"
    r" (?P<name>[\w-]+) --host (?:'[^']*'|[\w.:-]*\w)"
)
_ACCEPT = re.compile(r"\bpryv-tui accept (?!--)[\w:/@.+-]*\w")
_NOTE = re.compile(r"\bpryv-tui incident (?:declare|note)(?: TEXT)?(?![\w-]| --)")
_DRILLS = re.compile(r"\bpryv-tui drill (?:scenarios|list)(?= (?:shows|names)\b)")
_DRILL = re.compile(r"\bpryv-tui drill run(?P<play> --scenario [\w-]*\w)?(?![\w-]| \S)")
"""One that begins with the newest set, or goes on with a scenario that is open."""
_SIGN = re.compile(r"\bpryv-tui drill (?P<act>sign|review) (?P<id>[\w.-]*\w) --key KEY(?![\w-])")
"""Who signs and who reviews do that where its report is read."""
_INCIDENTS = re.compile(r"\bpryv-tui incident list(?= (?:shows|names)\b)")

_LIVE = re.compile(r"\bpryv-tui (?:--[a-z]+ (?:'[^']*'|\S+) )*audit(?: [\w.-]+)? --live(?! --)")
"""Each screen that names it has the key, and means the same set."""

_PLACES = {
    "list": Key("s"),
    "runs": Key("u"),
    "doctor": Key("d"),
    "status": Key(""),
    "audit": Key("s", then=", then a on {id}", in_result=", then a"),
    "attach": Key("u", then=", then Enter on {id}"),
    "cancel": Key("u", then=", then x on {id}"),
}
"""Where commands are done that start no run; those that start one have theirs in its kind."""

_SHOWN = ("list", "runs", "doctor", "status", "attach", "cancel")
"""A result names these as commands alone."""

_NOUNS = {
    "list": "the sets (s)",
    "runs": "the runs (u)",
    "verify": "a verification (s, then v)",
    "doctor": "the doctor (d)",
    "status": "the overview",
    "drill": "the list of drills (D)",
}
"""What a sentence calls the place that a command shows."""


def _key(command: str) -> Key | None:
    """Where the interface does what a command does."""
    return _PLACES.get(command) or kind_of(command).key


def _on_container(found: re.Match[str]) -> str:
    """What is pressed on the overview for a container; empty where no key does that."""
    act, name = found["act"], found["name"]
    pressed = "l on {name}" if act == "logs" else kind_of(act).on_container
    return pressed.format(name=name)


@lru_cache
def _command(names: tuple[str, ...]) -> re.Pattern[str]:
    """A command, and what it names.

    Args:
        names: those of commands.
    """
    return re.compile(
        rf"\bpryv-tui (?!audit (?:\S+ )?--)(?P<command>{'|'.join(names)})(?![\w-]){_ID}"
        r"(?P<choice> --(?:finish|roll-back))?(?: --confirm \S+(?<![.,;]))?"
        r"(?P<roles>(?: --role [\w-]+)*)(?P<verb> (?:shows|names)\b)?"
    )


@lru_cache
def _result_command(names: tuple[str, ...]) -> re.Pattern[str]:
    """A command of a result, with all its words."""
    return re.compile(
        r"(?:(?<=: )|(?<=[Tt]hen )|(?<=^  - ))pryv-tui (?:--[a-z]+ (?:'[^']*'|\S+) )*"
        rf"(?P<command>{'|'.join(names)})(?![\w-])(?P<rest>[^;\n]*)"
    )


def keyed(text: str, given: Sequence[str], *, overview: bool = False) -> str:
    """A message in which commands are keys; those without a key carry the given options.

    Args:
        given: the options that this program was started with.
        overview: the message is read on the overview, where the keys are.
    """

    def key(found: re.Match[str]) -> str:
        command, verb = found["command"], found["verb"] or ""
        if verb or command == "status":
            return _NOUNS.get(command, found[0].removesuffix(verb)) + verb
        known = _key(command)
        if known is None or not known.in_messages:
            return found[0]
        name, then = known.key, known.then
        choice = {"finish": "Finish", "roll-back": "Roll back"}.get(
            (found["choice"] or "").removeprefix(" --"), ""
        )
        what = found["id"] if "{id}" in then else choice
        more = then.format(id=what, choice=what) if what else ""
        if roles := found["roles"].split(" --role ")[1:]:
            more += f" and {', '.join(roles)} alone"
        where = "" if overview else " on the overview"
        return f"press {name}{where}{more}"

    def on_container(found: re.Match[str]) -> str:
        where, pressed = "press " if overview else "on the overview press ", _on_container(found)
        return where + pressed if pressed else found[0]

    def on_drill(found: re.Match[str]) -> str:
        if found["play"]:
            return "press D" if overview else "press D on the overview"
        # Where a scenario is open, D leads to that first, and Esc from there to the list.
        return f"press t in {_NOUNS['drill']}"

    def on_signing(found: re.Match[str]) -> str:
        return f"press {'S' if found['act'] == 'sign' else 'V'} in the report of {found['id']} (D)"

    text = _CONTAINER.sub(on_container, text)
    text = _DRILL.sub(on_drill, text)
    text = _SIGN.sub(on_signing, text)
    text = _LIVE.sub("press L" if overview else "press L on the overview", text)
    text = _ACCEPT.sub("press A" if overview else "press A on the overview", text)
    text = _INCIDENTS.sub("the report of the last one (I)", _NOTE.sub("press n", text))
    text = _DRILLS.sub("their list (D)", text)
    commands = _command((*_PLACES, *kind_names()))
    return completed(commands.sub(key, text), tuple(given))


def keys_first(parts: Sequence[Part], run: str) -> list[Part]:
    """A result in which the key stands before each command that has one; the command stays whole.

    What remains is told as it is: longer, it would push what to do next off the first screen.

    Args:
        run: whose result it is: on its screen U undoes it.
    """

    def key(found: re.Match[str]) -> str:
        name, words = found["command"], found["rest"].split()
        if name == "audit" and "--live" in words:
            return f"press L, or: {found[0]}"
        known = _key(name)
        if known is None or name in _SHOWN:
            return found[0]
        here = name == "undo" and words[:1] == [run]
        pressed = "U" if here else f"{known.key} on the overview{known.in_result}"
        return f"press {pressed}, or: {found[0]}"

    def on_container(found: re.Match[str]) -> str:
        keys = _on_container(found)
        return f"on the overview press {keys}, or: {found[0]}" if keys else found[0]

    def keyed_line(line: str) -> str:
        return _CONTAINER.sub(on_container, commands.sub(key, line))

    commands = _result_command((*_PLACES, *kind_names()))
    return [
        part if part.heading == REMAINS else part._replace(lines=tuple(map(keyed_line, part.lines)))
        for part in parts
    ]
