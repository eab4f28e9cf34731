"""No rule reads a sentence that we write, a command that people read, or a step's id.

Whoever changes the words of a title, a warning or an error must not change what the program does.
What a fact is told by stands beside the words: a field, a kind, a class of error. That it does for
steps: `tests/runs/test_words_decide_nothing.py`.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Set

import pytest

from tests.helpers.parsed import PACKAGE, searches, trees, walked

WORDS = {
    "title", "leaves", "undone", "command", "typed", "text", "remedy", "told", "reason", "notice",
    "effects", "warnings", "remains", "checks", "removal", "problem", "problems", "what", "words",
    "border_title",
}  # fmt: skip
"""Fields that hold sentences, or commands that people read."""
NAMES = {
    "title", "leaves", "undone", "remedy", "reason", "sentence", "message", "warning", "command",
}  # fmt: skip
"""What a variable with a sentence in it is called; `text` and `line` may be anything's."""
NOT_COMPARED = {"what", "command"}
"""Fields that elsewhere are a kind of thing (`Moment.what`): with `==` they may be asked for it."""
CUTS = {
    "startswith", "endswith", "removeprefix", "removesuffix", "split", "rsplit", "partition",
    "rpartition", "find", "index", "splitlines", "count",
}  # fmt: skip
SEARCHES = {"search", "match", "fullmatch", "findall", "finditer", "sub", "split"}
SENTENCE = re.compile(r"[A-Za-z]{2,},? [A-Za-z]{2,}")
JOINTS = {", ", "; ", ". ", ": ", " (", " ago", ". $ ", " · ", "pryv-tui", "pryv-tui "}
"""What sentences are put together with, or a command begins with: whoever cuts there takes apart
what was one fact before."""
STEPS = ("step", "view")
COMMANDS = re.compile(r"pryv-tui |docker(-compose)? [a-z]")

EXEMPT = {
    "formats": "reads what stores have written",
    "practice": "the stand-in: it parses command lines as the tools that it plays do",
}
"""Whole folders."""
ALLOWED = {
    # Words of others. What is read there stands in transcripts of the real tools.
    "hosts/docker_errors.py": "what Docker and paramiko say",
    "hosts/docker_programs.py": "what Docker says of an exec that is gone or failed",
    "operations/drilling/probing.py": "what a shell says of a connection, in English (LC_ALL=C)",
    "operations/stores/influxdb.py": "what influxd says",
    "operations/stores/mongo_words.py": "what mongodump and mongorestore say",
    "operations/stores/redis_server.py": "what redis-cli says",
    "operations/stores/redis_words.py": "what Redis says",
    "vault/restic/program.py": "what restic says",
    "vault/restic/protocol.py": "what restic says",
    "runs/record/older.py": "older journals, which told nothing else",
    # Commands of ours in messages, written again for where they are read. Nothing is decided by it.
    "operations/commands.py": "reads the commands of a message into values, once for all",
    # How sentences are put together or shown; nothing is decided.
    "operations/acceptance.py": "whether a sentence ends with a full stop, to put one behind it",
    "operations/guards/doctor.py": "takes a full stop away",
    "operations/overview/attention.py": "takes a full stop away",
    "operations/context.py": "says no warning twice",
    "runs/record/report.py": "says no warning twice",
    "tui/text/lines.py": "what a person searches for on the screen",
    "tui/widgets/panes.py": "where a paragraph begins",
    # A state of a check, as `--json` has it.
    "operations/audit/live.py": "`not checked` is a value of the format",
}  # fmt: skip
"""Who does it all the same, and why."""


def _core(node: ast.expr) -> ast.expr:
    """What a text is made from that is only trimmed, joined, or a part of it."""
    while True:
        inner: ast.expr | None = None
        if isinstance(node, ast.Subscript):
            inner = node.value
        elif isinstance(node, ast.Call) and ast.unparse(node.func) == "str" and node.args:
            inner = node.args[0]
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            if node.func.attr == "join" and node.args:
                inner = node.args[0]
            elif node.func.attr in ("strip", "rstrip", "lstrip", "lower", "upper", "casefold"):
                inner = node.func.value
        if inner is None:
            return node
        node = inner


def _words(node: ast.expr, but: Set[str] = frozenset()) -> bool:
    node = _core(node)
    if isinstance(node, ast.Attribute):
        return node.attr in WORDS - but
    return isinstance(node, ast.Name) and node.id in NAMES - but


def _step_id(node: ast.expr) -> bool:
    node = _core(node)
    if not isinstance(node, ast.Attribute):
        return False
    of = node.value.id if isinstance(node.value, ast.Name) else ""
    return node.attr == "step" or (node.attr == "id" and of in STEPS)


def _literal(node: ast.expr) -> bool:
    """A text, or several of them, that is not empty."""
    if isinstance(node, ast.Tuple | ast.List | ast.Set):
        return any(map(_literal, node.elts))
    return isinstance(node, ast.JoinedStr) or (
        isinstance(node, ast.Constant) and isinstance(node.value, str | bytes) and bool(node.value)
    )


def _sentence(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant | ast.JoinedStr | ast.Tuple | ast.List | ast.Set) and any(
        isinstance(one, ast.Constant)
        and isinstance(one.value, str | bytes)
        and SENTENCE.search(one.value if isinstance(one.value, str) else one.value.decode("latin1"))
        for one in ast.walk(node)
    )


def _joint(node: ast.expr) -> bool:
    """What a sentence is cut at; also by the name that the program has for its own."""
    return any(
        (isinstance(one, ast.Constant) and one.value in JOINTS)
        or (isinstance(one, ast.Name) and one.id == "PROGRAM")
        for one in ast.walk(node)
    )


def _of_commands(node: ast.Call) -> bool:
    """Whether a pattern is made that finds commands in what people read."""
    return ast.unparse(node.func) == "re.compile" and any(
        isinstance(one, ast.Constant) and isinstance(one.value, str) and COMMANDS.search(one.value)
        for one in ast.walk(node)
    )


def _compared(node: ast.Compare) -> bool:
    sides = [node.left, *node.comparators]
    for how, left, right in zip(node.ops, sides, sides[1:], strict=False):
        if isinstance(how, ast.Eq | ast.NotEq):
            if _sentence(left) or _sentence(right):
                return True
            if (_literal(left) and _words(right, NOT_COMPARED)) or (
                _literal(right) and _words(left, NOT_COMPARED)
            ):
                return True
        elif isinstance(how, ast.In | ast.NotIn):
            if isinstance(_core(right), ast.Attribute) and _words(right):
                return True
            if _sentence(left) or _sentence(right):
                return True
            if _literal(right) and _words(left, NOT_COMPARED):
                return True
    return False


def deciding(tree: ast.Module) -> Iterator[str]:
    """Where a program reads sentences, commands or a step's id, as it is written."""
    for node in walked(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            called, how = node.func.value, node.func.attr
            cut = how in CUTS and (
                _words(called)
                or _step_id(called)
                or any(map(_sentence, node.args))
                or any(map(_joint, node.args))
            )
            searched = how in SEARCHES and any(_words(a) or _step_id(a) for a in node.args)
            if cut or searched or _of_commands(node):
                yield ast.unparse(node)
        elif isinstance(node, ast.Compare) and _compared(node):
            yield ast.unparse(node)


def _found() -> dict[str, list[str]]:
    found = {}
    for path, tree in trees().items():
        name = str(path.relative_to(PACKAGE))
        if name.partition("/")[0] in EXEMPT:
            continue
        if lines := list(deciding(tree)):
            found[name] = lines
    return found


@searches
def test_nothing_is_decided_by_words() -> None:
    found = _found()
    assert {name: lines for name, lines in found.items() if name not in ALLOWED} == {}
    assert sorted(ALLOWED.keys() - found.keys()) == [], "no reason is kept that nobody needs"


@pytest.mark.parametrize(
    "line",
    [
        'step.leaves.startswith("nothing")',
        'view.undone == "there is nothing to undo"',
        '"old" in item.text',
        'one.run in ended.text',
        'error.what.lower().find("password")',
        'any(path in line.text.split() for line in lines)',
        'PATTERN.findall(step.command[0])',
        're.search("stopped", " ".join(event.warnings))',
        'event.step.partition("-")[2]',
        'step.id.startswith("back-")',
        '_COPIED.fullmatch(event.step)',
        'what != "the vault"',
        'line.removeprefix("pryv-tui restore ")',
        'title in ("Stop it", "Start it")',
        'remedy.endswith(command)',
        're.compile(r"\\bdocker exec (\\S+)")',
        'names.split(", ")[0] in times.doubted',
        'since_words(moment, now).partition(" (")[0]',
        'line.partition(". $ ")',
        'command.startswith("#")',
        'age(text).endswith(" ago")',
        'text.split("pryv-tui ")',
        'text.find(f"{PROGRAM} ")',
        'str(pane.border_title).partition("(")',
    ],
)  # fmt: skip
def test_each_form_of_it_is_seen(line: str) -> None:
    assert list(deciding(ast.parse(line)))


@pytest.mark.parametrize(
    "line",
    [
        'moment.what == "mongodb"',
        'view.kind == "complete-set"',
        "if view.leaves_nothing: pass",
        "if not view.undone: pass",
        "f'{view.title}.'",
        "record.id.startswith(name)",
        "text.split(b'\\n')",
        "name in names",
    ],
)
def test_what_is_no_sentence_is_left_alone(line: str) -> None:
    assert not list(deciding(ast.parse(line)))
