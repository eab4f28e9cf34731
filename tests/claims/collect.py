"""Every sentence of ours about all and nothing, found in the source that makes the words."""

from __future__ import annotations

import ast
import functools
import re
from collections.abc import Iterator

from tests.parsed import PACKAGE, trees

SAYS = (
    # Results.
    "runs/record/report.py", "runs/record/became.py", "runs/worker/last_word.py",
    "runs/worker/closing.py", "runs/worker/process.py", "operations/kind.py",
    "operations/kinds/*.py", "platform/gap.py", "platform/casualties.py",
    "operations/steps/taking/audit_gap.py",
    # What needs a person, what is up, what recover says.
    "operations/overview/*.py", "operations/advice.py", "runs/half_done.py", "runs/left.py",
    "runs/recovery.py",
    # What commands say; those of rehearsals too.
    "cli/*.py", "cli/base/*.py", "cli/drills/*.py",
    # What a restore would cost and has cost; the report.
    "operations/comparing/*.py", "operations/audit/*.py", "incidents/**/*.py",
    # The same on a screen.
    "tui/text/*.py",
)  # fmt: skip
"""Where they are made."""
OTHERS = ("drill", "scenario")
"""What rehearsals say is held by their own tests."""
TOTAL = re.compile(r"\b(all|nothing|none|whole|up|lost|everything|every one)\b", re.IGNORECASE)
NOBODY = re.compile(
    r"(^|inside the set )no (user )?(account|attachment|file|casualty)\b", re.IGNORECASE
)
NOT_ALL = re.compile(r"\bnot (all|everything)\b|\bnot be \w+ whole\b", re.IGNORECASE)
"""Says itself that it is not."""
COMMAND = re.compile(r"(docker|find|rm|mv|cp|mount) ")
"""A line of another program."""
ALONE = ("up", "partly up", "nothing urgent")
"""Words that say it without a sentence."""


def _told(node: ast.expr) -> str | None:
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
        for node in ast.walk(tree)
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
    for node in ast.walk(tree):
        if isinstance(node, ast.expr) and id(node) not in passed:
            text = _told(node)
            if text is not None:
                yield text


def is_total(text: str) -> bool:
    """Whether it says something of all or of nothing."""
    if COMMAND.match(text):
        return False
    found = TOTAL.search(NOT_ALL.sub("", text)) or NOBODY.search(text)
    return text in ALONE or (len(text.split()) > 1 and bool(found))


@functools.cache
def claims() -> dict[str, str]:
    """Every such text, and where it is made."""
    found: dict[str, str] = {}
    for pattern in SAYS:
        paths = (p for p in PACKAGE.glob(pattern) if not p.stem.startswith(OTHERS))
        for path in sorted(paths):
            for text in _texts(trees()[path]):
                if is_total(text):
                    found.setdefault(text, str(path.relative_to(PACKAGE)))
    return found
