"""What comes before its turn is kept, in little memory."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from pryv_tui.vault.held import Held

KEYS = st.binary(max_size=3)


@given(st.lists(st.tuples(KEYS, st.none() | st.binary(max_size=5)), max_size=60), st.booleans())
def test_as_a_dictionary_wherever_it_keeps_them(
    acts: list[tuple[bytes, bytes | None]], spilled: bool
) -> None:
    kept, known = Held(600 if spilled else 1 << 20), dict[bytes, bytes]()
    for key, value in acts:
        if value is None:
            assert kept.pop(key) == known.pop(key, None)
        else:
            kept.put(key, value)
            known[key] = value
        assert bool(kept) == bool(known)
    assert list(kept.items()) == sorted(known.items())
    kept.close()
    assert not kept


def test_what_was_spilled_is_found() -> None:
    kept = Held(10_000)
    keys = [b"%06d" % number for number in range(2000)]
    random.Random(1).shuffle(keys)
    for key in keys:
        kept.put(key, key[::-1])
    for key in keys:
        assert kept.pop(key) == key[::-1]
        assert kept.pop(key) is None
    assert not kept


MANY = """
import os
from pryv_tui.vault.held import Held
kept = Held(1 << 20)
for number in range(30_000):
    kept.put(b"%09d" % number, bytes(600))
for entry in os.listdir("/proc/self/fd"):
    path = f"/proc/self/fd/{entry}"
    if os.path.lexists(path):
        print(os.readlink(path))
"""


def test_another_folder_for_temporary_files_is_used(tmp_path: Path) -> None:
    """As is said where the usual one has no room; SQLite asks for it once."""
    done = subprocess.run(
        [sys.executable, "-c", MANY],
        env={**os.environ, "TMPDIR": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    assert str(tmp_path) in done.stdout
