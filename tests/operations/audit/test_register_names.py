"""The names of register's users, whatever bytes are in them: an odd one costs no other."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pryv_tui.errors import PryvTuiError
from pryv_tui.formats.redis_files import account_of
from pryv_tui.operations.stores.redis_keys import user_keys
from pryv_tui.operations.stores.redis_server import Said, connect, said
from pryv_tui.practice.stores.redis import RedisStore
from pryv_tui.practice.tools.redis_cli import _quoted
from tests.helpers import copied

ODD = [
    b"a\nb", b"a\r\nb", b"\n\nb", b"a\tb", b"a\x01\x1b[31mb", b"\xff\xfe", b"a\xffb", b'a"b\\n',
    b"LOADING", b"ERR x", b"(error) x", b"NOAUTH", b"n" * 200_000, b"\xe2\x80\xa8x", b"",
    b"a:users\nb", b":users\n", b"a:users\r\n\nb", b"a:users", b"a:users\nb:users\nc",
]  # fmt: skip


@pytest.mark.parametrize("odd", ODD, ids=[ascii(one)[:30] for one in ODD])
def test_an_odd_name_costs_no_other(tmp_path: Path, odd: bytes) -> None:
    """As the program in the container is asked, whose answer has a name a line."""
    platform = copied.new(tmp_path / "p", users=2, attachments=0)
    host = platform.hosts[0]
    assert host.root_hint is not None
    RedisStore(host.root_hint / "pryv/redis/data").append(
        [(b"HMSET", odd + b":users", "username", "x")]
    )

    def ask(argv: Sequence[str], _environment: object) -> Said:
        out, err = bytearray(), bytearray()

        def listen(stream: str, chunk: bytes) -> None:
            (out if stream == "stdout" else err).extend(chunk)

        code = host.engine.exec("pryvio_redis", list(argv), on_output=listen)
        return said(code, bytes(out), bytes(err))

    keys = connect(ask, None, list).users()
    found = {account_of(key.encode("utf-8", "surrogateescape")) for key in keys}
    assert len(found) == 4, "two people, register's own and the odd one"
    assert account_of(odd + b":users") in found


@given(st.sets(st.binary(max_size=12).filter(lambda name: b":users" not in name), max_size=5))
def test_what_is_quoted_is_read_as_it_was(names: set[bytes]) -> None:
    keys = [name + b":users" for name in names]

    def lines(*words: str) -> list[str]:
        if words[0] == "--scan":
            return ["odd"]
        rows = [f"{at}) {_quoted(key)}" for at, key in enumerate(keys, 1)]
        return [
            '1) "0"',
            f"2) {rows[0] if rows else '(empty array)'}",
            *(f"   {x}" for x in rows[1:]),
        ]

    assert user_keys(lines) == {key.decode("utf-8", "surrogateescape") for key in keys}


def test_a_scan_goes_on_to_its_end_and_no_further() -> None:
    asked: list[str] = []

    def lines(*words: str) -> list[str]:
        if words[0] == "--scan":
            return ["a", "b:users"]
        asked.append(words[2])
        turn = {"0": ("7", r'"a\nb:users"'), "7": ("0", '"c:users"')}[words[2]]
        return [f'1) "{turn[0]}"', f"2) 1) {turn[1]}"]

    assert user_keys(lines) == {"a\nb:users", "c:users"}
    assert asked == ["0", "7"]

    def endless(*words: str) -> list[str]:
        return ["odd"] if words[0] == "--scan" else ['1) "7"', '2) 1) "a:users"']

    with pytest.raises(PryvTuiError, match="does not come to an end"):
        user_keys(endless)


@pytest.mark.parametrize(
    "told",
    [[], ["no words of its own"], ['1) "0"', '2) 1) "a"'], ['1) "x"', "2) (empty array)"],
     ['1) "0"', '2) 1) "a:users" and more']],
)  # fmt: skip
def test_what_is_no_answer_to_a_scan_is_none(told: list[str]) -> None:
    with pytest.raises(PryvTuiError, match="SCAN says"):
        user_keys(lambda *words: ["odd"] if words[0] == "--scan" else told)
