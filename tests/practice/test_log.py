"""The log of a practice container is read from its end, a part at a time."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from pryv_tui.practice.machines import console


@pytest.mark.parametrize("part", [1, 7, 64, 1 << 16])
@pytest.mark.parametrize(
    "content", ["", "one\n", "one\ntwo", "\n\n\n", "a longer line\nb\n\nlast\n", "no end"]
)
def test_the_last_lines_are_what_splitting_all_of_it_gives(
    tmp_path: Path, content: str, part: int
) -> None:
    path = tmp_path / "a.log"
    path.write_text(content)
    lines = content.encode().splitlines(keepends=True)
    for tail in (0, 1, 2, 3, 100, None):
        wanted = lines if tail is None else lines[max(0, len(lines) - tail) :]
        got = list(console._kept(path, len(content), tail, None, part=part))
        assert b"".join(got) == b"".join(wanted), tail
        assert all(len(chunk) <= part for chunk in got)


def test_only_what_was_printed_since_then(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    times = [f"2026-01-15T10:00:0{second}Z" for second in range(5)]
    path.write_text("".join(f"{time} [core] line\n" for time in times))
    moment = datetime.fromisoformat(times[3]).timestamp()
    found = b"".join(console._kept(path, path.stat().st_size, None, moment)).decode()
    assert found.splitlines() == [f"{time} [core] line" for time in times[3:]]
    # The newest of it, where that is more than is asked for.
    newest = b"".join(console._kept(path, path.stat().st_size, 1, moment)).decode()
    assert newest.splitlines() == [f"{times[4]} [core] line"]
    assert not list(console._kept(path, path.stat().st_size, None, moment + 60))
