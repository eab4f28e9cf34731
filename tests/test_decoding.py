"""Types that several threads use for the first time at once."""

from __future__ import annotations

import contextlib
import subprocess
import sys

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pryv_tui.decoding import (
    Undecodable,
    convert,
    decode_json,
    decode_loose_json,
    decode_toml,
)
from pryv_tui.yaml_trees import decode_yaml

_AT_ONCE = """
import threading
import msgspec
from pryv_tui import decoding
from pryv_tui.decoding import convert, decode_json

begun, waited = threading.Event(), threading.Event()

class Watched:
    lock = decoding._LEARNING

    def __enter__(self):
        if not self.lock.acquire(blocking=False):
            waited.set()
            self.lock.acquire()

    def __exit__(self, *_):
        self.lock.release()

decoding._LEARNING = Watched()

def slow():
    begun.set()
    assert waited.wait(60), "the other thread did not have to wait"
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


class _Anything(msgspec.Struct):
    number: int = 0
    share: float = 0
    word: str = ""
    more: object = None


DAMAGE = {
    "nothing": b"",
    "cut off": b'{"number": 1',
    "no text": b'{"word": "\xe9"}',
    "no text at all": b"\xff\xfe\xfa",
    "half a pair": b'{"word": "\\ud800 and more"}',
    "halves the wrong way round": b'{"word": "\\udc00\\ud800"}',
    "deep": b'{"more": ' + b"[" * 100_000,
    "deep and whole": b'{"more": ' + b"[" * 50_000 + b"]" * 50_000 + b"}",
    "deep objects": b'{"more": ' + b'{"a":' * 50_000 + b"1" + b"}" * 50_001,
    "no number": b'{"share": NaN}',
    "endless": b'{"share": 1e999}',
    "long": b'{"number": ' + b"9" * 400 + b"}",
    "very long": b'{"more": ' + b"9" * 10_000 + b"}",
    "just too large": b'{"more": [9223372036854775808]}',
    "a NUL": b'{"word": "\x00"}',
    "marked": b"\xef\xbb\xbf{}",
    "another kind": b"[1, 2]",
}


@pytest.mark.parametrize("name", DAMAGE)
def test_whatever_the_bytes_are_the_answer_is_one_error(name: str) -> None:
    for content in (DAMAGE[name], DAMAGE[name].decode("utf-8", "surrogateescape")):
        with pytest.raises(Undecodable):
            decode_json(content, _Anything)


def test_the_last_of_several_words_counts() -> None:
    assert decode_json(b'{"number": 1, "number": 2}', _Anything).number == 2
    largest = 2**63 - 1
    assert decode_json(b'{"number": %d}' % largest, _Anything).number == largest
    digits = "1234567890" * 6
    assert decode_json(b'{"word": "%s"}' % digits.encode(), _Anything).word == digits


@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_decoding_is_total(content: bytes) -> None:
    """Each gives what it was asked for or its one error, and no other error."""
    with contextlib.suppress(Undecodable):
        assert isinstance(decode_json(content, _Anything), _Anything)
    with contextlib.suppress(Undecodable):
        assert isinstance(decode_toml(content), dict)
    with contextlib.suppress(Undecodable):
        decode_yaml(content)
    with contextlib.suppress(Undecodable):
        decode_loose_json(content)


@pytest.mark.parametrize(
    "content", [b"a = 2026-13-45", b"a = " + b"[" * 50_000, b"a = \xff", b"a = " + b"9" * 9_000]
)
def test_toml_that_is_none_is_the_same_error(content: bytes) -> None:
    with pytest.raises(Undecodable):
        decode_toml(content)


@pytest.mark.parametrize("content", [b"[" * 200_000, b'{"a": "\\ud800"}', b"\xff", b"9" * 9_000])
def test_json_of_other_tools_too(content: bytes) -> None:
    with pytest.raises(Undecodable):
        decode_loose_json(content)
    assert decode_loose_json(b'{"a": 1}') == {"a": 1}
