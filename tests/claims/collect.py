"""Every sentence of ours about all and nothing, found in the source that makes the words."""

from __future__ import annotations

import ast
import functools
import re
from collections.abc import Iterator

from tests.helpers.parsed import PACKAGE, trees, walked

OF_OTHERS = {
    "practice/tools/": "prints what the programs of others print, for those who read them",
    "practice/machines/": "answers in the place of an engine, of its programs and services",
    "practice/nursery.py": "starts processes of the practice platform",
    "practice/rootfiles.py": "writes the files of an installation",
    "formats/": "tells what is wrong with a file of others, in words of its own format",
    "yaml_trees.py": "tells what is wrong with a file of others",
}
"""What is left out, and why: all else prints for people."""
TOTAL = re.compile(r"\b(all|nothing|none|whole|up|lost|everything|every one)\b", re.IGNORECASE)
NOBODY = re.compile(
    r"(^|[:;] |inside the set )no (user )?(account|attachment|file|casualty)\b", re.IGNORECASE
)
EACH = re.compile(r"\b(no [a-z]+|each|every|only|never|nobody)\b", re.IGNORECASE)
OF_STATE = (
    "operations/acts.py",
    "cli/incident.py", "cli/look.py", "incidents/", "operations/advice.py", "operations/audit/",
    "operations/comparing/", "operations/guards/", "operations/kinds/", "operations/lost/",
    "operations/overview/",
    "operations/plans/", "operations/root/kept.py", "operations/services/", "operations/sets/",
    "operations/steps/", "operations/stores/", "platform/", "runs/", "tui/screens/overview.py",
    "tui/text/",
)  # fmt: skip
"""What tells how things are: results, plans and checks, attention, recovery, reports. There each
sentence that says it of each, of every one, of only these or of none is a claim too."""
OF_ONE = re.compile(
    r"append-only|read-only|\(read only\)|for reading only|\bno (longer|more|words)\b"
    r"|\b(is|was|are|be|were|as) no [a-z]+",
    re.IGNORECASE,
)
"""Says what one thing is, or is called."""
NOT_ALL = re.compile(r"\bnot (all|everything)\b|\bnot be \w+ whole\b", re.IGNORECASE)
"""Says itself that it is not."""
COMMAND = re.compile(r"(docker|find|rm|mv|cp|mount) ")
"""A line of another program."""
ALONE = ("up", "partly up", "nothing urgent")
"""Words that say it without a sentence."""


def told(node: ast.expr) -> str | None:
    """A text of the source, with … for what is filled in."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        parts = (each.value if isinstance(each, ast.Constant) else "…" for each in node.values)
        return "".join(map(str, parts))
    return None


def _texts(tree: ast.Module) -> Iterator[str]:
    passed = {
        id(part)
        for node in walked(tree)
        for part in (
            node.values
            if isinstance(node, ast.JoinedStr)
            else [node.value]
            if isinstance(node, ast.Expr)
            else [key for key in node.keys if key is not None]
            if isinstance(node, ast.Dict)
            else node.comparators
            if isinstance(node, ast.Compare)
            else ()
        )
    }
    for node in walked(tree):
        if isinstance(node, ast.expr) and id(node) not in passed:
            text = told(node)
            if text is not None:
                yield text


def of_total(text: str) -> bool:
    """Whether a sentence has a word for all or for nothing."""
    return bool(TOTAL.search(NOT_ALL.sub("", text)) or NOBODY.search(text))


def of_each(text: str) -> bool:
    """Whether a sentence has a word that says it of each of them, or of none."""
    return bool(EACH.search(OF_ONE.sub("", text)))


def says_all(text: str) -> bool:
    """Whether words of a sentence are among those that make it one of all, of each or of none."""
    return bool(TOTAL.search(text) or EACH.search(text))


def is_total(text: str) -> bool:
    """Whether it says something of all or of nothing."""
    if COMMAND.match(text):
        return False
    return text in ALONE or (len(text.split()) > 1 and of_total(text))


def is_each(text: str) -> bool:
    """Whether it says something of each one or of none, and is more than a word."""
    return not COMMAND.match(text) and len(text.split()) > 1 and of_each(text)


@functools.cache
def claims() -> dict[str, tuple[str, ...]]:
    """Every such text by the module that makes it: the same words in two modules are two claims."""
    found: dict[str, tuple[str, ...]] = {}
    for path, tree in trees().items():
        module = path.relative_to(PACKAGE).as_posix()
        if not module.startswith(tuple(OF_OTHERS)):
            each = module.startswith(OF_STATE)
            texts = dict.fromkeys(
                text for text in _texts(tree) if is_total(text) or (each and is_each(text))
            )
            if texts:
                found[module] = tuple(texts)
    return found
