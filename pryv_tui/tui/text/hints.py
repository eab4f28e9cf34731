"""Replace the commands in messages by keys, if the interface has a key for the command. Pure.

A text that will be pasted elsewhere (a result, a runbook) keeps its commands. On the screen with a
result, the key is added before each command.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from pryv_tui.operations.acceptance import WHOSE
from pryv_tui.operations.commands import Typed, completed, in_message
from pryv_tui.operations.kind import Key, kind_of
from pryv_tui.runs.record.report import REMAINS, Part

Keyed = Callable[[str], str]
"""Replaces the commands of a message by keys, for the screen on which the message is read."""

_PLACES = {
    "list": Key("s"),
    "runs": Key("u"),
    "doctor": Key("d"),
    "status": Key(""),
    "audit": Key("s", then=", then a on {id}", in_result=", then a"),
    "attach": Key("u", then=", then Enter on {id}"),
    "cancel": Key("u", then=", then x on {id}"),
}
"""Keys of the commands that start no run. For a command that starts a run, the run's kind has the
key."""

_SHOWN = ("list", "runs", "doctor", "status", "attach", "cancel")
"""Commands that a result shows without a key."""

_LISTS = {
    ("drill", "list"): ("D", "drills"),
    ("drill", "scenarios"): ("D", "drills"),
    ("incident", "list"): ("I", "incidents"),
}
"""For each command that shows a list: the key for it on the overview, and what is in the list."""

_IN_REPORT = {"sign": "S", "review": "V"}
"""Commands whose key is on the screen with the report of a drill."""
_CHOICES = {"--finish": "Finish", "--roll-back": "Roll back"}
_PRESSED = {"--confirm", "--role", *_CHOICES}
"""Options for which the interface asks itself: a command with any other option stays a command."""


def _key(command: str) -> Key | None:
    """Return the key by which the interface does the same as a command; None if there is no key."""
    return _PLACES.get(command) or kind_of(command).key


def _on_container(command: Typed) -> str:
    """Return what to press on the overview for a command about a container; empty if no key does
    that. The text has the machine, since several may have a container of that name."""
    if command.name != "containers" or not command.about or command.asked != {"--host"}:
        return ""
    pressed = "l on {name}" if command.act == "logs" else kind_of(command.act).on_container
    (host,) = command.values("--host")
    return pressed.format(name=f"{command.about[0]} of {host}")


def _is_live(command: Typed) -> bool:
    """Whether a command audits the live platform. A screen with a result has a key for that, which
    uses the same set."""
    return command.name == "audit" and command.asked == {"--live"}


def keyed(text: str, given: Sequence[str], *, overview: bool = False, live: str = "") -> str:
    """Return a message with keys instead of its commands. Commands without a key get the given
    options.

    Args:
        given: the options that this program was started with.
        overview: whether the message is read on the overview, which has the keys.
        live: the set that L of the overview compares the live platform with; empty if not known.
    """
    where = "" if overview else " on the overview"

    def said(command: Typed) -> str:
        if pressed := _on_container(command):
            return f"press {pressed}" if overview else f"on the overview press {pressed}"
        if _is_live(command) and command.about in ((), ("latest",), (live or "latest",)):
            return f"press L{where} (live audit)"
        if _is_live(command) and len(command.about) == 1:
            return f"press s{where}, then L on {command.about[0]}"
        if command.given:
            return command.text()
        # With options, the command shows something else than the overview does.
        if command.name == "status" and not command.asked:
            return "the overview"
        return _pressed(command, where) or command.text(tuple(given))

    return "".join(
        completed(part, tuple(given)) if isinstance(part, str) else said(part)
        for part in in_message(text)
    )


def _pressed(command: Typed, where: str) -> str:
    """Return what to press for a command; empty if no key does exactly that.

    Args:
        where: the words for the screen with the key, if that is another screen; else empty.
    """
    act, about, asked = command.act, command.about, command.asked
    # A set is accepted in the restore wizard, or by the command.
    if (
        command.name == "accept"
        and len(about) == 1
        and not (asked or about[0].startswith(f"{WHOSE}/"))
    ):
        return f"press A{where} (accept), then Enter on {about[0]}"
    if command.name == "incident" and act in ("declare", "note") and not asked:
        return f"press n{where} (a note)"
    if command.name == "drill" and act == "run" and not (about or asked):
        # If a scenario is open, D leads to it first, and Esc from there to the list.
        return "press t in the list of drills (D)"
    if command.name == "drill" and act == "run" and not about and asked == {"--scenario"}:
        return f"press D{where} (the open drill)"
    # Signing and reviewing are done on the screen with the drill's report.
    if act in _IN_REPORT and len(about) == 1 and asked == {"--key"}:
        return f"press {_IN_REPORT[act]} in the report of {about[0]} (D)"
    if (command.name, act) in _LISTS and not asked:
        key, what = _LISTS[command.name, act]
        return f"press {key}{where} (the list of {what})"
    known = _key(command.name)
    if known is None or not known.in_messages or asked - _PRESSED:
        return ""
    choice = next((_CHOICES[one] for one in _CHOICES if one in asked), "")
    what = "".join(about) if "{id}" in known.then else choice
    more = known.then.format(id=what, choice=what) if what else ""
    if roles := command.values("--role"):
        more += f" and {', '.join(roles)} alone"
    return f"press {known.key}{where}{more}"


def keys_first(parts: Sequence[Part], run: str) -> list[Part]:
    """Put the key before each command of a result that has one; the command stays complete.

    The part about what remains is not changed: longer, it would push what to do next off the
    screen.

    Args:
        run: the id of the run whose result this is; on its screen, U undoes it.
    """

    def keyed_line(line: str) -> str:
        return "".join(
            part if isinstance(part, str) else _key_first(part, run) for part in in_message(line)
        )

    return [
        part if part.heading == REMAINS else part._replace(lines=tuple(map(keyed_line, part.lines)))
        for part in parts
    ]


def _key_first(command: Typed, run: str) -> str:
    """Return a command of a result, with its key before it if there is one."""
    text = command.text()
    if pressed := _on_container(command):
        return f"on the overview press {pressed}, or: {text}"
    if _is_live(command):
        return f"press L, or: {text}"
    known = _key(command.name)
    if known is None or command.name in _SHOWN or (command.name == "audit" and command.asked):
        return text
    here = command.name == "undo" and command.about == (run,)
    pressed = "U" if here else f"{known.key} on the overview{known.in_result}"
    return f"press {pressed}, or: {text}"
