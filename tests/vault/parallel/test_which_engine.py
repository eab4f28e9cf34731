"""What copies is said, and the C library can be switched off."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from pryv_tui.errors import PryvTuiError
from pryv_tui.operations.guards.doctor import engine_words
from pryv_tui.operations.settings.resolve import resolve_settings
from pryv_tui.operations.site import open_site
from pryv_tui.vault.native.library import LIBRARY, SOURCES, why_not
from pryv_tui.vault.parallel.engine import CopyEngine


def test_it_is_switched_off_by_a_variable(tmp_path: Path) -> None:
    def site(**environment: str) -> CopyEngine:
        settings = resolve_settings(
            root=str(tmp_path), state=str(tmp_path / "state"), environment=environment
        )
        return open_site(settings).copy_engine

    assert site().native and site(PRYV_TUI_NATIVE="1").native
    off = site(PRYV_TUI_NATIVE="0")
    assert not off.native and "switched off" in engine_words(off)
    for value in ("no", "2", "false"):
        with pytest.raises(PryvTuiError, match="PRYV_TUI_NATIVE is") as caught:
            site(PRYV_TUI_NATIVE=value)
        assert caught.value.exit == 2


def test_why_it_is_not_in_use(tmp_path: Path) -> None:
    assert "was not built" in why_not(str(tmp_path / "subtrees.so"))
    (tmp_path / "subtrees.so").write_text("of another machine")
    assert "for another machine" in why_not(str(tmp_path / "subtrees.so"))
    if not Path(LIBRARY).exists():
        pytest.skip("the library was not built here")
    for name in (*SOURCES, "subtrees.so"):
        shutil.copy(Path(LIBRARY).with_name(name), tmp_path / name)
    assert why_not(str(tmp_path / "subtrees.so")) == ""
    with (tmp_path / SOURCES[0]).open("a") as source:
        source.write("/* changed since */")
    assert "from other sources" in why_not(str(tmp_path / "subtrees.so"))


def test_in_how_many_threads() -> None:
    if why_not():
        assert "2 threads: " in engine_words(CopyEngine(workers=2))
    else:
        assert engine_words(CopyEngine(workers=2)) == "the C library, 2 threads"
    assert "one thread" in engine_words(CopyEngine(workers=0))
    assert "one thread" in engine_words(CopyEngine(workers=2), faults=True)
