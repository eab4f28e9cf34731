"""What the checking of records says of a chain that names other files than papers of drills."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from pryv_tui.drills.files import Filed
from pryv_tui.drills.model import Paper
from pryv_tui.drills.signing.order import named_later


@pytest.mark.parametrize(
    ("drill", "name"), [("one", "report.md"), ("../other", "review.json"), ("one", "record.json")]
)
def test_a_chain_names_signatures_debriefs_and_reviews_alone(
    tmp_path: Path, drill: str, name: str
) -> None:
    told = Paper(drill=drill, name=name, sha256="0" * 64)
    record: Any = SimpleNamespace(id="two", chain=SimpleNamespace(papers=(told,)))
    (line,) = named_later(tmp_path, [Filed(record, tmp_path / "two", "0" * 64)], "")
    assert (line.level, line.drill) == ("failed", "two")
    assert line.text == (
        f"its record lists {drill}/{name} among the signatures, debriefs and reviews of earlier"
        " drills, where it does not belong"
    )
