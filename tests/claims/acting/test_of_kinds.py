"""What a kind of run says of nothing, in the middle of it, at its end and after its death."""

from __future__ import annotations

import msgspec
import pytest

from pryv_tui.operations.kind import Progress, kind_of
from pryv_tui.operations.kind_files import kind_names
from pryv_tui.vault.set_names import PARTIAL
from pryv_tui.vault.sets import Use
from tests.operations.kit import manifest_of, part, set_of


@pytest.mark.parametrize("use", ["restore", "read", "files", "audit", "send"])
def test_nothing_is_restored_from_it_is_said_of_a_partial_set_alone(use: Use) -> None:
    whole = set_of(manifest_of(part("core", "core")))
    partial = msgspec.structs.replace(whole, state="partial", problem="it is not complete")
    for done, backup in (((), partial), (("complete-set",), whole)):
        told = kind_of("backup").cancelling(Progress((), done, "x"))
        refused = backup.why_not(use) is not None
        assert ("stay as a partial set: nothing is restored from it" in told) is refused


@pytest.mark.parametrize("done", [(), ("bring-files",)])
def test_files_of_a_machine_that_is_done_are_not_said_to_lie_in_a_partial_folder(
    done: tuple[str, ...],
) -> None:
    told = kind_of("files").cancelling(Progress((), done, "bring-files"))
    assert f"iles copied so far stay in a folder called {PARTIAL}." in told
    assert told.startswith("The files of machines that are done stay where they are;") is bool(done)
    assert "nothing else is touched" not in told, "the rest of earlier runs is removed"


def test_that_it_held_nothing_of_the_platform_is_said_of_kinds_that_hold_none() -> None:
    held = {}
    for name in kind_names():
        kind = kind_of(name)
        told = kind.after_death("S")
        held[name] = "It had stopped nothing of the platform" in told
        assert held[name] is not kind.holds_platform, name
    assert held["verify"] and not held["backup"]
