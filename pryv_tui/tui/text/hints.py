"""Commands that messages name, said as keys where the interface has one. Pure.

What is meant to be pasted elsewhere (a result, a runbook) keeps its commands. Where a result is
shown, the key stands before each.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from pryv_tui.operations.commands import completed
from pryv_tui.runs.record.report import REMAINS

Keyed = Callable[[str], str]
"""Makes a message one for the screen on which it is read."""

_ID = r"(?: (?P<id>\d{8}T\d{6}Z(?:[\w.-]*\w)?))?"
_COMMAND = re.compile(
    r"\bpryv-tui (?P<command>backup|restore|list|verify|runs|doctor|status|undo|attach|cancel"
    rf"|recover|release|audit(?! (?:\S+ )?--))(?![\w-]){_ID}(?P<choice> --(?:finish|roll-back))?"
    r"(?: --confirm \S+(?<![.,;]))?(?P<roles>(?: --role [\w-]+)*)"
    r"(?P<verb> (?:shows|names)\b)?"
)
_CONTAINER = re.compile(
    r"\bpryv-tui (?:--[a-z]+ (?:'[^']*'|\S+) )*containers (?P<act>start|stop|restart|logs)"
    r" (?P<name>[\w-]+) --host (?:'[^']*'|[\w.:-]*\w)"
)

_ACCEPT = re.compile(r"\bpryv-tui accept (?!--)[\w:/@.+-]*\w")

_KEYS = {
    "backup": ("b", ""),
    "restore": ("r", ", then choose {id}"),
    "list": ("s", ""),
    "verify": ("s", ", then v on {id}"),
    "runs": ("u", ""),
    "doctor": ("d", ""),
    "undo": ("u", ", then U on {id}"),
    "release": ("u", ", then D on {id}"),
    "audit": ("s", ", then a on {id}"),
    "attach": ("u", ", then Enter on {id}"),
    "cancel": ("u", ", then x on {id}"),
    "recover": ("R", ", then {choice}"),
}
"""Per command its key on the overview, and what is done there with what the command names."""

_ON_CONTAINER = {
    "logs": "l on {name}",
    "start": "Enter on {name}, then S",
    "stop": "Enter on {name}, then X",
    "restart": "Enter on {name}, then T",
}
"""What is pressed on the overview for a container."""

_NOUNS = {
    "list": "the sets (s)",
    "runs": "the runs (u)",
    "verify": "a verification (s, then v)",
    "doctor": "the doctor (d)",
    "status": "the overview",
}
"""What a sentence calls the place that a command shows."""


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
        name, then = _KEYS[command]
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
        where = "press " if overview else "on the overview press "
        return where + _ON_CONTAINER[found["act"]].format(name=found["name"])

    text = _CONTAINER.sub(on_container, text)
    text = _ACCEPT.sub("press A" if overview else "press A on the overview", text)
    return completed(_COMMAND.sub(key, text), tuple(given))


_IN_RESULT = {
    "backup": "b on the overview",
    "verify": "s on the overview, then v",
    "audit": "s on the overview, then a",
    "send": "s on the overview, then S",
    "restore": "r on the overview",
    "undo": "u on the overview, then U",
    "release": "u on the overview, then D",
    "recover": "R on the overview",
}

_RESULT_COMMAND = re.compile(
    r"(?<=: )pryv-tui (?:--[a-z]+ (?:'[^']*'|\S+) )*"
    rf"(?P<command>{'|'.join(_IN_RESULT)})(?![\w-])(?P<rest>[^;\n]*)"
)


def keys_first(text: str, run: str) -> str:
    """A result in which the key stands before each command that has one; the command stays whole.

    What remains is told as it is: longer, it would push what to do next off the first screen.

    Args:
        run: whose result it is: on its screen U undoes it.
    """

    def key(found: re.Match[str]) -> str:
        name, words = found["command"], found["rest"].split()
        if name == "audit" and "--live" in words:
            return found[0]  # of the running platform: no key does that
        here = name == "undo" and words[:1] == [run]
        return f"press {'U' if here else _IN_RESULT[name]}, or: {found[0]}"

    def on_container(found: re.Match[str]) -> str:
        keys = _ON_CONTAINER[found["act"]].format(name=found["name"])
        return f"on the overview press {keys}, or: {found[0]}"

    def keyed_section(section: str) -> str:
        if section.startswith(REMAINS):
            return section
        return _CONTAINER.sub(on_container, _RESULT_COMMAND.sub(key, section))

    return "\n\n".join(map(keyed_section, text.split("\n\n")))
