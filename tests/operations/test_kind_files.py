"""A kind's file is loaded by whoever needs it first, and several threads may need it at once."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path

import pytest

from pryv_tui.operations import kinds
from pryv_tui.operations.kind import Request, kind_of, known_kind
from pryv_tui.operations.kind_files import PACKAGE, kind_names

NAME = "loading"


class Gate:
    """Where the toy's file waits in the middle of being loaded."""

    def __init__(self) -> None:
        self.reached, self.open = threading.Event(), threading.Event()

    def wait(self) -> None:
        self.reached.set()
        assert self.open.wait(30)


GATE = Gate()


@pytest.fixture
def half_loaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Gate]:
    """A kind whose file is being loaded by another thread, and does not come to its end yet."""
    gate = Gate()
    monkeypatch.setattr(sys.modules[__name__], "GATE", gate)
    (tmp_path / f"{NAME}.py").write_text(
        f"from {__name__} import GATE\n"
        "from pryv_tui.operations.kind import Request\n"
        "GATE.wait()\n"
        "KIND = Request\n"
    )
    monkeypatch.setattr(kinds, "__path__", [*kinds.__path__, str(tmp_path)])
    yield gate
    gate.open.set()
    sys.modules.pop(f"{PACKAGE}.{NAME}", None)


def test_a_kind_that_another_thread_loads_is_waited_for(half_loaded: Gate) -> None:
    with ThreadPoolExecutor(5) as threads:
        first = threads.submit(known_kind, NAME)
        assert half_loaded.reached.wait(30)
        others = [threads.submit(known_kind, NAME) for _ in range(4)]
        # Each of them has begun when the first one ends: who does not wait has failed by then.
        wait(others, timeout=0.2)
        half_loaded.open.set()
        found = {one.result(30) for one in (first, *others)}
    assert found == {first.result()}
    assert None not in found


def test_a_kind_in_a_folder_of_the_kinds_is_one_like_any_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert {"backup", "stop"} <= set(kind_names()), "in the folder itself, and in one of it"
    (tmp_path / "more").mkdir()
    (tmp_path / "more/toy.py").write_text(
        "from pryv_tui.operations.kind import Request\n"
        "class Toy(Request, frozen=True, kw_only=True, tag='toy'): ...\n"
        "KIND = Toy\n"
    )
    assert known_kind("toy") is None
    monkeypatch.setattr(kinds, "__path__", [*kinds.__path__, str(tmp_path)])
    assert "toy" in kind_names() and "more" not in kind_names()
    assert kind_of("toy").__struct_config__.tag == "toy"
    for name in ("more", "more.toy"):
        monkeypatch.delitem(sys.modules, f"{PACKAGE}.{name}")


@pytest.mark.parametrize("name", ["containers", "containers.stop", "__init__", "../backup", ""])
def test_a_folder_or_a_path_in_a_journal_is_no_kind(name: str) -> None:
    known_kind("stop")  # its folder is loaded by now
    assert known_kind(name) is None
    assert kind_of(name) is Request
