"""What is loaded stays, so nobody looks through it for garbage while the program starts."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from pryv_tui.practice.platform import PracticePlatform

LOOKS = """
import gc, runpy, sys
looks = []
def noted(phase, _info):
    if phase == "start":
        looks.append(len(gc.get_objects(generation=0)))
gc.callbacks.append(noted)
try:
    runpy.run_module(sys.argv.pop(1), run_name="__main__", alter_sys=True)
except SystemExit:
    pass
gc.callbacks.clear()
sys.stderr.write("\\nLOOKS " + " ".join(map(str, looks)))
"""
"""Runs a module, and tells how many new objects each look for garbage went through."""
FEW = 5_000


@pytest.mark.parametrize("words", [["pryv_tui", "plan", "backup"], ["pryv_tui.runs.worker.process"],
                                   ["pryv_tui.drills.worker"]])  # fmt: skip
def test_no_look_for_garbage_goes_through_what_is_loaded(words: list[str], tmp_path: Path) -> None:
    if words[0] == "pryv_tui":
        folder = PracticePlatform.create(tmp_path / "p", users=1, attachments=0).folder
        words = [*words, "--practice", str(folder)]
    done = subprocess.run(
        [sys.executable, "-c", LOOKS, *words],
        env={k: v for k, v in os.environ.items() if not k.startswith("PRYV")},
        capture_output=True,
        text=True,
        timeout=120,
    )
    looks = [*map(int, done.stderr.rpartition("\nLOOKS ")[2].split())]
    assert done.returncode == 0, done.stderr
    # Before there is a word of ours Python looks a few times, through little.
    assert len(looks) < 12 and max(looks, default=0) < FEW, looks


def test_the_interface_looks_for_garbage_in_what_came_since(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    import gc

    from pryv_tui import __main__ as program
    from pryv_tui.operations.settings.resolve import Settings
    from pryv_tui.tui import app
    from pryv_tui.tui.terminal import probe

    before = gc.get_threshold()
    seen: list[tuple[int, int]] = []

    def run_interface(*_given: object, **_more: object) -> int:
        seen.append((gc.get_threshold()[0], len(gc.get_objects())))
        return 0

    monkeypatch.setattr(probe, "terminal_problem", lambda: None)
    monkeypatch.setattr(app, "run_interface", run_interface)
    try:
        gc.set_threshold(150_000, 20, 20)
        assert program.open_interface(Settings(vault="", state=""), mouse=False) == 0
    finally:
        gc.set_threshold(*before)
    ((threshold, looked_through),) = seen
    assert threshold == 50_000 and looked_through < FEW


COPIES = """
import sys
from pathlib import Path
from pryv_tui.vault.copying.tree import copy_tree
from pryv_tui.vault.verify import verify_sums
root, part = map(Path, sys.argv[1:])
copy_tree(root, part / "files", sums=part / "SHA256SUMS", index=part / "INDEX", count=True)
copy_tree(part / "files", part / "back", expected=part / "SHA256SUMS")
assert verify_sums(part).files == 60
print(*sorted(sys.modules))
"""


def test_a_copy_loads_no_sqlite(tmp_path: Path) -> None:
    """It takes a tenth of the time that all else takes to load."""
    (tmp_path / "root").mkdir()
    (tmp_path / "set").mkdir()
    for number in range(60):
        (tmp_path / "root" / f"file{number}").write_text("x")
    words = [sys.executable, "-c", COPIES, str(tmp_path / "root"), str(tmp_path / "set")]
    loaded = subprocess.run(words, capture_output=True, text=True, check=True, timeout=120)
    modules = loaded.stdout.split()
    assert "pryv_tui.vault.copying.walk" in modules
    assert not {"sqlite3", "_sqlite3", "json", "subprocess", "textual"} & set(modules)
