"""Types that several threads use for the first time at once."""

from __future__ import annotations

import subprocess
import sys

import msgspec
import pytest

from pryv_tui.decoding import convert, decode_json

_AT_ONCE = """
import threading, time
import msgspec
from pryv_tui.decoding import convert, decode_json

begun = threading.Event()

def slow():
    begun.set()
    time.sleep(0.3)
    return int

class Inner(msgspec.Struct):
    number: "slow()"

class Kind(msgspec.Struct):
    word: str
    inner: Inner

def read():
    found.append(USE)

found = []
other = threading.Thread(target=read)
other.start()
begun.wait()
read()
other.join()
print([(one.word, one.inner.number) for one in found])
"""
"""One thread learns a type, and another wants to use it meanwhile. With msgspec's own functions in
the place of ours both ways end by SIGSEGV (msgspec 0.22)."""


@pytest.mark.parametrize(
    "use",
    [
        """decode_json(b'{"word": "x", "inner": {"number": 1}}', Kind)""",
        """convert({"word": "x", "inner": {"number": 1}}, Kind)""",
    ],
)
def test_a_thread_waits_until_another_has_learnt_a_type(use: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _AT_ONCE.replace("USE", use)],
        capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (0, "[('x', 1), ('x', 1)]\n"), done.stderr


def test_writing_learns_nothing() -> None:
    """So that it needs no lock: what the type is made of is not looked at."""
    kind = msgspec.defstruct("Kind", [("number", "never()")])
    assert msgspec.json.encode(kind(1)) == b'{"number":1}'
    assert msgspec.to_builtins(msgspec.structs.replace(kind(1), number=2)) == {"number": 2}
    with pytest.raises(NameError):
        decode_json(b'{"number":1}', kind)


class _Known(msgspec.Struct):
    number: int


def test_what_is_not_of_the_type_is_an_error_each_time() -> None:
    for _ in range(2):
        with pytest.raises(msgspec.ValidationError):
            decode_json(b'{"number": "x"}', _Known)
        with pytest.raises(msgspec.DecodeError):
            decode_json("{", _Known)
        with pytest.raises(msgspec.ValidationError):
            convert({"number": "x"}, _Known)
        assert decode_json('{"number": 2}', _Known) == _Known(number=2)
        assert decode_json(b"null", list[_Known] | None) is None
