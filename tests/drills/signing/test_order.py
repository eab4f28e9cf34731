"""What the checking of records says of a chain that names other files than papers of drills."""

from __future__ import annotations

from itertools import permutations
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from pryv_tui.drills.files import Filed
from pryv_tui.drills.model import Paper
from pryv_tui.drills.signing.order import named_later, numbered_twice
from pryv_tui.drills.signing.papers import SUMS


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
        " drills, but that file can't be one"
    )


class _Drills:
    """Records of one platform, each on the list."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.filed: list[Filed] = []

    def put(self, name: str, number: int, previous: str = "", without: tuple[str, ...] = ()) -> str:
        chain = SimpleNamespace(
            platform="p", number=number, previous=previous, without=without, papers=()
        )
        record: Any = SimpleNamespace(id=name, chain=chain)
        self.filed.append(Filed(record, self.folder / name, name * 64))
        with (self.folder / SUMS).open("a") as sums:
            sums.write(f"{name * 64}  {name}/record.json\n")
        return name

    def told(self) -> dict[str, set[str]]:
        """The drills of which something is said, by how bad that is."""
        found: dict[str, set[str]] = {}
        for line in numbered_twice(self.folder, sorted(self.filed, key=lambda one: one.folder)):
            found.setdefault(line.level, set()).add(line.drill)
        return found


@pytest.mark.parametrize("names", permutations("abcd"), ids="".join)
def test_a_twin_stays_wrong_wherever_later_drills_stand_among_the_names(
    tmp_path: Path, names: tuple[str, ...]
) -> None:
    """What is advised without a copy, another drill, may come between the two by its name."""
    true, twin, later, last = names
    drills = _Drills(tmp_path)
    drills.put("e", 2)
    drills.put(true, 3, "e")
    drills.put(twin, 3, "e")
    assert drills.told() == {"failed": {true, twin}}
    drills.put(later, 3, "e", (true, twin))
    assert drills.told()["failed"] == {true, twin}
    drills.put(last, 4, later, (true, twin))
    assert drills.told()["failed"] == {true, twin}


@pytest.mark.parametrize("names", permutations("abc"), ids="".join)
def test_of_three_of_a_number_the_one_that_a_record_comes_after_is_the_true_one(
    tmp_path: Path, names: tuple[str, ...]
) -> None:
    true, twin, other = names
    drills = _Drills(tmp_path)
    drills.put(true, 1)
    drills.put(twin, 1)
    drills.put(other, 1)
    drills.put("d", 2, true)
    assert true not in drills.told()["failed"]
    assert drills.told()["failed"] == {twin, other}


@pytest.mark.parametrize("names", permutations("abc"), ids="".join)
def test_records_that_were_written_while_others_were_away_are_no_twins(
    tmp_path: Path, names: tuple[str, ...]
) -> None:
    away, first, second = names
    drills = _Drills(tmp_path)
    drills.put(away, 1)
    drills.put(first, 1, "", (away,))
    drills.put(second, 1, "", (away, first))
    assert set(drills.told()) == {"note"}
