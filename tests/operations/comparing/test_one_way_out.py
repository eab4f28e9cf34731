"""Where a vault has sets of another platform alone, the way to say that they are this one's stands
in one place, and not once for each thing that lacks them."""

from __future__ import annotations

from pathlib import Path

import pytest

from pryv_tui.operations.audit.whose import key_of_set
from pryv_tui.practice.platform import PracticePlatform
from pryv_tui.practice.settings import PracticeForm
from tests.operations.audit.test_whose import Pair


@pytest.mark.parametrize("command", ["status", "doctor"])
@pytest.mark.parametrize(
    ("form", "lost"), [("single-node", ""), ("cluster", ""), ("cluster", "core")]
)
def test_what_a_person_may_say_is_printed_once(
    tmp_path: Path, command: str, form: PracticeForm, lost: str
) -> None:
    pair = Pair(tmp_path, form)
    # What was seen here is what tells of a loss, where no set does.
    assert pair.type("status").exit_code == 3
    if lost:
        PracticePlatform.open(pair.here).wipe(lost)
    said = pair.type(command).output
    accept = f"accept {key_of_set(pair.set)}"
    assert said.count(accept) == 1, said
    if lost:
        assert lost in said
    # Typed as it stands, it is printed no more.
    assert pair.type("accept", key_of_set(pair.set)).exit_code == 0
    assert accept not in pair.type(command).output
