"""Whether a test that is named for a sentence notices when that sentence says something else.

    python -m tests.claims.garbled [PART OF A MODULE'S NAME]

Each sentence is garbled in a copy of the program, and the tests that `tests/claims/table` names for
it are run there: one of them has to fail. It takes some seconds a sentence.
"""

from __future__ import annotations

import ast
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tests.claims.collect import told
from tests.helpers.parsed import PACKAGE

ROOT = Path(__file__).parents[2]
_WORD = re.compile(r"[A-Za-z]{2,}")


class _Garble(ast.NodeTransformer):
    """Other words in the place of those of a sentence, but for a command that it names."""

    def __init__(self, sentence: str) -> None:
        self.sentence = sentence
        self.done = 0

    def visit_Constant(self, node: ast.Constant) -> ast.expr:
        return self._garbled(node)

    def visit_JoinedStr(self, node: ast.JoinedStr) -> ast.expr:
        return self._garbled(node)

    def _garbled(self, node: ast.expr) -> ast.expr:
        if told(node) != self.sentence:
            # It may stand in what another text is filled with.
            self.generic_visit(node)
            return node
        self.done += 1
        for each in [node] if isinstance(node, ast.Constant) else ast.walk(node):
            if isinstance(each, ast.Constant) and isinstance(each.value, str):
                said, command, rest = each.value.partition("pryv-tui ")
                each.value = _WORD.sub("garbled", said) + command + rest
        return node


def garbled(source: str, sentence: str) -> str:
    """A module in which that sentence says nothing.

    Raises:
        ValueError: the module does not say it.
    """
    garble = _Garble(sentence)
    tree = garble.visit(ast.parse(source))
    if not garble.done:
        raise ValueError(sentence)
    return ast.unparse(tree)


def noticed(copy: Path, module: str, sentence: str, tests: Sequence[str]) -> list[str]:
    """Those of the tests that fail where a sentence is garbled.

    Args:
        copy: of the project; it is as before afterwards.
    """
    place = copy / PACKAGE.name / module
    source = place.read_text(encoding="utf-8")
    place.write_text(garbled(source, sentence), encoding="utf-8")
    words = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider"]
    try:
        return [
            test
            for test in tests
            if subprocess.run(
                [*words, test],
                cwd=copy,
                env={**os.environ, "PYTHONPATH": str(copy), "PYTHONDONTWRITEBYTECODE": "1"},
                capture_output=True,
                check=False,
            ).returncode
            == 1
        ]
    finally:
        place.write_text(source, encoding="utf-8")


def copied(to: Path) -> Path:
    """The program and its tests, to be spoilt."""
    leave = shutil.ignore_patterns("__pycache__", "snapshots")
    for name in ("pryv_tui", "tests", "docs"):
        shutil.copytree(ROOT / name, to / name, ignore=leave)
    for name in ("pyproject.toml", "CHANGELOG.md", "README.md"):
        shutil.copy2(ROOT / name, to)
    return to


def main() -> None:
    """Name each sentence whose tests do not notice."""
    from tests.claims.table import tests_by_sentence

    part = sys.argv[1] if len(sys.argv) > 1 else ""
    bad = 0
    with tempfile.TemporaryDirectory() as folder:
        copy = copied(Path(folder))
        for (module, sentence), tests in tests_by_sentence().items():
            if part in module and not noticed(copy, module, sentence, tests):
                bad += 1
                print(f"{module}: {sentence!r}: nobody notices: {', '.join(tests)}", flush=True)
    sys.exit(bool(bad))


if __name__ == "__main__":
    main()
