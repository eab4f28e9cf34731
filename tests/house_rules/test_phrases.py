"""Numbers and nouns agree, and what is cut says so: in every sentence that the source can make."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache

import pytest

from pryv_tui.phrases import counted, cut, first, named
from tests.helpers.parsed import PACKAGE, searches, trees, walked

pytestmark = searches
AFTER = re.compile(r" (?:more |other |further |such )?([a-z]+s)\b(?!')")
NO_NOUN = {
    "across", "always", "answers", "as", "asks", "becomes", "begins", "belongs", "calls", "comes",
    "continues", "counts",
    "declares", "differs", "dies", "does", "ends", "exists", "extends", "gives", "goes", "has",
    "holds",
    "is", "its", "keeps", "knows", "lacks", "leads", "less", "lets", "lies", "listens", "lists",
    "makes", "means", "mounts", "names", "needs", "passes", "reads", "refuses", "resumes", "runs",
    "says",
    "sends", "stands", "starts", "stays", "stops", "takes", "tells", "this", "us", "uses", "wants",
    "was", "writes", "times",
}  # fmt: skip
"""What follows a name, or a number that is not one thing of a kind (`3 times`)."""
SEVERAL = {
    "formats/influx_manifest.py": "bounds, which are thousands",
    "operations/overview/attention.py": "all of a role's containers: it has more than one",
    "operations/steps/taking/check_store.py": "two numbers are compared, and they differ",
    "operations/stores/mongo_words.py": "a part of a number",
    "operations/stores/mongodb.py": "an unknown number has words of its own",
    "tui/screens/logs.py": "hundreds at least",
    "tui/text/lines.py": "the rest of a line of thousands",
    "vault/restic/protocol.py": "a command of restic",
}
"""Where the number can't be 1."""


@cache
def sources() -> list[tuple[str, ast.Module]]:
    found = []
    for path, tree in trees().items():
        name = str(path.relative_to(PACKAGE))
        if not name.startswith("practice/"):  # which prints what the vendors' tools print
            found.append((name, tree))
    return found


def uncounted(tree: ast.AST) -> Iterator[str]:
    """`{number} nouns` in a sentence, where the number is known only as it runs."""
    for node in walked(tree):
        if not isinstance(node, ast.JoinedStr):
            continue
        for value, after in zip(node.values, node.values[1:], strict=False):
            if isinstance(value, ast.FormattedValue) and isinstance(after, ast.Constant):
                found = AFTER.match(str(after.value))
                if not found or found[1] in NO_NOUN:
                    continue
                constant = isinstance(value.value, ast.Name) and value.value.id.isupper()
                if not constant and "SECONDS" not in ast.unparse(value.value):
                    yield f"{value.lineno}: {{{ast.unparse(value.value)}}}{found[0]}"


def silent_cuts(tree: ast.AST) -> Iterator[str]:
    """`text[:300]`: what is shown of a text, and nothing that says that there was more."""
    for node in walked(tree):
        if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Slice):
            end = node.slice.upper
            number = end.value if isinstance(end, ast.Constant) else 0
            if node.slice.lower is None and isinstance(number, int) and number >= 60:
                yield f"{node.lineno}: {ast.unparse(node)}"


def unfinished_lists(tree: ast.AST) -> Iterator[str]:
    """`names[:SHOWN]` in a function that never says how many more there are."""
    for node in walked(tree):
        if not isinstance(node, ast.FunctionDef):
            continue
        words = " ".join(
            str(each.value) for each in ast.walk(node) if isinstance(each, ast.Constant)
        )
        for each in ast.walk(node):
            if isinstance(each, ast.Subscript) and isinstance(each.slice, ast.Slice):
                end = each.slice.upper
                name = end.id if isinstance(end, ast.Name) else ""
                if re.search(r"SHOWN|NAMED|TOLD|FIRST", name) and not re.search(
                    r"\bmore\b|…|in all", words
                ):
                    yield f"{each.lineno}: {ast.unparse(each)}"


@pytest.mark.parametrize(
    ("find", "allowed"),
    [(uncounted, SEVERAL), (silent_cuts, {}), (unfinished_lists, {})],
)
def test_no_sentence_of_the_source(find, allowed: dict[str, str]) -> None:  # type: ignore[no-untyped-def]
    found = {name: list(find(tree)) for name, tree in sources()}
    wrong = [
        f"{name}:{each}" for name, all_ in found.items() if name not in allowed for each in all_
    ]
    assert not wrong, "\n".join(wrong)
    assert {name for name in allowed if not found[name]} == set(), "allowed for nothing"


@pytest.mark.parametrize(
    ("find", "text"),
    [
        (uncounted, "f'{len(files)} files'"),
        (uncounted, "f'and {n} more notes'"),
        (uncounted, "f'{n:,} such entries in all'"),
        (silent_cuts, "print(error.what[:200])"),
        (unfinished_lists, "def f(names):\n    for each in names[:SHOWN]:\n        print(each)"),
    ],
)
def test_they_would_be_found(find, text: str) -> None:  # type: ignore[no-untyped-def]
    assert list(find(ast.parse(text)))


def test_one_and_several() -> None:
    assert [counted(many, "file") for many in (0, 1, 2)] == ["0 files", "1 file", "2 files"]
    assert counted(1, "entry is", "entries are") == "1 entry is"
    assert counted(2, "entry is", "entries are") == "2 entries are"
    assert counted(12000, "user", said="12,000") == "12,000 users"
    assert counted(1, "user", said="1") == "1 user"


def test_what_is_cut_says_so() -> None:
    assert cut("as it is", 8) == "as it is"
    assert cut("as it is, and more", 8) == "as it i…"
    assert len(cut("x" * 900, 400)) == 400
    assert cut("ends in a blank", 8) == "ends in…"
    assert first(["a", "b"], 2) == ("a", "b")
    assert first(["a", "b", "c"], 2) == ("a", "and 2 more")
    assert named(["a", "b"], 2) == "a, b"
    assert named(["a", "b", "c"], 2) == "a, b and 1 more"


def named_acts(tree: ast.AST) -> Iterator[str]:
    """`{act} it`: of an act in two words that makes `Roll back it`."""
    for node in walked(tree):
        if isinstance(node, ast.JoinedStr):
            for value, after in zip(node.values, node.values[1:], strict=False):
                told = str(after.value) if isinstance(after, ast.Constant) else ""
                if isinstance(value, ast.FormattedValue) and re.match(
                    r" (it|them)( on\b|$)", str(told)
                ):
                    yield f"{value.lineno}: {{{ast.unparse(value.value)}}}{told}"


def test_no_act_is_put_before_its_it() -> None:
    assert list(named_acts(ast.parse("f'{NAMES[choice]} it on {hosts}'")))
    found = {name for name, tree in sources() if any(named_acts(tree))}
    assert found <= {"tui/screens/container.py"}, "whose acts are one word each"
