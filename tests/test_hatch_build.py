"""What is written in C is built where it can be, and an installation never fails of it."""

from __future__ import annotations

import ctypes
import shutil
from pathlib import Path

import pytest

from hatch_build import LIBRARY, SOURCE, SOURCES, build

HERE = Path(__file__).parent.parent
NO_COMPILER = shutil.which("cc") is None and shutil.which("gcc") is None


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / SOURCE).parent.mkdir(parents=True)
    for path in SOURCES:
        shutil.copy(HERE / path, tmp_path / path)
    return tmp_path


@pytest.mark.skipif(NO_COMPILER, reason="there is no C compiler")
def test_it_is_built_without_a_warning(project: Path, capfd: pytest.CaptureFixture[str]) -> None:
    made = build(project, "-Werror")
    assert made == project / LIBRARY
    assert ctypes.CDLL(str(made)).subtrees_version() > 0
    assert capfd.readouterr().err == ""
    sources = {Path(path).name for path in SOURCES}
    assert {path.name for path in made.parent.iterdir()} == {*sources, "subtrees.so"}


@pytest.mark.parametrize("compiler", ["false", "no-such-compiler", "cc --no-such-option"])
def test_where_it_can_not_be_built_it_says_so_and_goes_on(
    project: Path,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    compiler: str,
) -> None:
    """And no library of an earlier source stays."""
    (project / LIBRARY).write_text("of yesterday")
    monkeypatch.setenv("CC", compiler)
    assert build(project) is None
    assert "was not built, copies will take longer" in capfd.readouterr().err
    assert not (project / LIBRARY).exists()
    assert len(list((project / LIBRARY).parent.iterdir())) == len(SOURCES)
