"""Each message that names a command keeps the grammar of `pryv_tui/operations/commands.py`: so
the reader finds every one of them, and nothing else."""

from __future__ import annotations

import ast
import re
import shlex
from collections.abc import Iterator

import pytest

from pryv_tui.operations.commands import ARGUMENTS, Typed, _tells, _words, in_message
from tests.drills.test_scenarios import refused
from tests.helpers.messages import HOLE, PLACE, filled, text_of
from tests.helpers.parsed import searches, trees, walked

NAMED = re.compile(r"(?<![\w/-])pryv-tui (?=[a-z-])")
OF_ITS_OWN = ("practice", "--help")
"""What names its folder itself, and what names none: no command that the reader looks for."""
_HELP = ["practice", "--help"]
PAST = ("pryv-tui does itself",)
"""Our name as the subject of a sentence, with a verb."""
MAKERS = {
    "container_command", "accept_command", "sign_command", "recover_command", "undo_command",
    "typed",
}  # fmt: skip
"""The functions that return a whole command of ours."""
MADE = f"pryv-tui attach {PLACE}"
"""What stands for the command that such a function returns."""
TOP = {name.partition(" ")[0] for name in ARGUMENTS}


def outside(text: str) -> list[str]:
    """The commands of a message that do not keep the grammar, each from its name on."""
    found = []
    for part in in_message(filled(text)):
        if isinstance(part, Typed):
            continue
        for named in NAMED.finditer(part):
            rest = part[named.start() :]
            name = re.match(r"pryv-tui ([\w-]+)", rest)
            if rest.startswith(PAST) or name is None or name[1] not in TOP | {*OF_ITS_OWN}:
                continue
            if name[1] in OF_ITS_OWN and keeps(part, named.start()):
                continue
            found.append(rest)
    return found


def keeps(text: str, at: int) -> bool:
    """Whether a command that the reader doesn't look for keeps the grammar."""
    words = [word.text for word in _words(text, at + len("pryv-tui"))]
    if "--help" in words:
        return _tells(text, at) and (words == ["--help"] or words[:1] + words[2:] == _HELP)
    return _tells(text, at) and not refused(shlex.join(["pryv-tui", *words]))


def _made(node: ast.AST, names: set[str]) -> bool:
    """Whether a value is a whole command of ours: made here, or before under one of these names."""
    match node:
        case ast.Call(func=ast.Name(id="typed"), args=[_only]):
            return False  # a command of restic
        case ast.Call(func=ast.Name(id=name)):
            return name in MAKERS
        case ast.Attribute(attr="command"):
            return True  # of a choice: its step has several words, which are quoted elsewhere
        case ast.Name(id=name):
            return name in names
        case ast.BinOp(op=ast.Add(), left=value) | ast.FormattedValue(value=value):
            return _made(value, names)
        case ast.BoolOp(values=values):
            return any(_made(value, names) for value in values)
        case ast.IfExp(body=body, orelse=orelse):
            return _made(body, names) or _made(orelse, names)
    return False


def _names(function: ast.AST) -> set[str]:
    """The variables of a function that hold a whole command."""
    return {
        target.id
        for node in ast.walk(function)
        if isinstance(node, ast.Assign) and _made(node.value, set())
        for target in node.targets
        if isinstance(target, ast.Name)
    }


def _text(node: ast.expr, names: set[str]) -> str:
    """A message as its reader has it, with `MADE` for each command that a function makes."""
    if _made(node, names):
        return MADE
    match node:
        case ast.FormattedValue(value=value):
            return _text(value, names)
        case ast.Call(
            func=ast.Attribute(attr="join", value=ast.Constant(value=str(between))),
            args=[ast.GeneratorExp(elt=each)],
        ):
            return f"{between}".join([_text(each, names)] * 2)
    if isinstance(node, ast.JoinedStr):
        return "".join(_text(part, names) for part in node.values)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return _text(node.left, names) + _text(node.right, names)
    return text_of(node) or HOLE


def said() -> Iterator[tuple[str, str]]:
    """Every text of the source that names a command, or has one put in; and where it stands."""
    for place, tree in trees().items():
        for scope in walked(tree):
            if not isinstance(scope, ast.Module | ast.FunctionDef):
                continue
            names, prose, inside = _names(scope), set(), set()
            nodes = list(ast.walk(scope))
            for node in nodes:
                if isinstance(node, ast.Expr):
                    prose.add(node.value)
                if isinstance(node, ast.JoinedStr | ast.BinOp):
                    inside |= {*ast.walk(node)} - {node}
            for node in nodes:
                if (
                    isinstance(node, ast.Constant | ast.JoinedStr | ast.BinOp)
                    and node not in prose | inside
                    and "pryv-tui " in (text := _text(node, names))
                ):
                    yield f"{place.name}:{node.lineno}", text


@searches
def test_each_command_of_each_message_is_read() -> None:
    every = list(said())
    assert len(every) > 300
    assert sorted({(place, one) for place, text in every for one in outside(text)}) == []


@pytest.mark.parametrize(
    "text",
    [
        "pryv-tui list shows the sets of this vault.",
        "Write the domain as pryv-tui status shows it.",
        "See what runs (pryv-tui status), then go on",
        "Name a run (pryv-tui runs lists them)",
        "It is pryv-tui backup that failed",
        "Go on: pryv-tui recover and wait",
        "Go on: pryv-tui recover - or wait",
        f"To let it go: pryv-tui unpin {HOLE} and the set goes",
        f"Read it: pryv-tui drill report {HOLE} says what was seen",
        "Declare one: pryv-tui incident declare something happened here",
        "Use `pryv-tui doctor`",
        "Or use a command: pryv-tui --help lists them.",
        f"It is pryv-tui practice create {HOLE} that makes one",
        "Look: pryv-tui practice create FOLDER makes one",
        f"{MADE} ends it, but {MADE} does not",
        "Its options: pryv-tui backup --label",
        f"Two of them: pryv-tui verify {PLACE} {PLACE}",
        "A group alone: pryv-tui incident",
    ],
)
def test_what_does_not_keep_the_grammar_is_found(text: str) -> None:
    assert outside(text)


@pytest.mark.parametrize(
    "text",
    [
        "To see the sets: pryv-tui list",
        "Look again, then pryv-tui recover, or wait",
        "pryv-tui undo R; or: pryv-tui restore S --confirm d.example",
        f"  - Put it back: pryv-tui undo {HOLE}",
        f"- pryv-tui undo {HOLE}\n- pryv-tui runs",
        f"Read its log: {MADE} (without this tool: docker logs x)",
        f"Save it first (to see it: pryv-tui list); {HOLE}",
        f"{HOLE}: pryv-tui audit{HOLE} --live --all",
        f"Name it: pryv-tui drill {HOLE} {HOLE}{HOLE}",
        "Write it: pryv-tui incident note 'it is pryv-tui list that fails' ; then wait",
        f"One more: pryv-tui practice create {HOLE}.",
        "To see the commands: pryv-tui --help",
        "a check that pryv-tui does itself",
        "Journal: /var/lib/pryv-tui list",
        "pryv-tui backups are kept",
    ],
)
def test_what_keeps_it_is_left_alone(text: str) -> None:
    assert outside(text) == []
