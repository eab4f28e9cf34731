"""What a copy, a check or a count does otherwise in a test is passed to it, in a `CopyEngine`.

A test that exchanges a constant in the modules that have imported it breaks with each of their
names, and changes nothing where a module was forgotten.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from pryv_tui.vault.parallel.engine import CopyEngine
from pryv_tui.vault.parallel.messages import WorkerConfig

TESTS = Path(__file__).parents[1]
_OURS = r"pryv_tui\.vault\.(?:copying|files|lists|native|parallel|verify)"
_IMPORT = re.compile(rf"^from ({_OURS}[\w.]*|pryv_tui\.vault) import (\w+)(?: as (\w+))?$", re.M)
_NAMED = re.compile(r'(?:setattr|object)\(\s*(\w+), "(_?[A-Z][A-Z_]+)"')
_IN_FULL = re.compile(rf'(?:setattr|patch)\(\s*"({_OURS}[\w.]*)\.(_?[A-Z][A-Z_]+)"')


def exchanged(text: str) -> Iterator[str]:
    """The constants of modules that copy which a test exchanges."""
    modules = {
        name: f"{of}.{own}" for of, own, alias in _IMPORT.findall(text) for name in (alias or own,)
    }
    for module, constant in _NAMED.findall(text):
        if re.match(_OURS, modules.get(module, "")):
            yield f"{modules[module]}.{constant}"
    for module, constant in _IN_FULL.findall(text):
        yield f"{module}.{constant}"


@pytest.mark.parametrize(
    "text",
    [
        "from pryv_tui.vault.parallel import pool\nmonkeypatch.setattr(pool, 'X', 1)\n",
        "from pryv_tui.vault import verify as checking\npatch.object(checking, 'NAMED', 1)\n",
        "patch.setattr('pryv_tui.vault.copying.count.FEW', 1)\n",
    ],
)
def test_each_way_to_exchange_one_is_found(text: str) -> None:
    assert len(list(exchanged(text.replace("'", '"').replace('"X"', '"HELD"')))) == 1


def test_no_test_exchanges_a_constant_of_what_copies() -> None:
    found = {
        path.relative_to(TESTS).as_posix(): constants
        for path in TESTS.rglob("*.py")
        if (constants := list(exchanged(path.read_text("utf-8"))))
    }
    assert found == {}


def test_workers_are_told_of_the_engine_what_they_need() -> None:
    """What is in both has one name and, where nobody says else, one value."""
    usual, told = CopyEngine(), WorkerConfig()
    assert {"native", "ahead", "batch_bytes", "most_holes"} <= set(WorkerConfig._fields)
    assert told.batch_bytes == usual.batch_bytes
    assert told.most_holes == usual.most_holes
    changed = told._replace(native=True, ahead=usual.ahead, batch_bytes=7)
    assert WorkerConfig.decode(changed.encode()) == changed
