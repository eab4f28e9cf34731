"""On which core register says that an account is: asked of a real Redis, and read in its files."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pryv_tui.errors import PryvTuiError
from pryv_tui.formats.redis_files import read_rdb
from pryv_tui.operations.audit.live_stores import registered, servers
from pryv_tui.operations.stores.redis_keys import user_servers
from tests.operations.redis_kit import RedisMachine, needs_redis

ODD = {
    b"anna": b"co1.pryv.example", b"le a": b"co1.pryv.example", b'a"b': b'"', b"it's": b"it's",
    b"a\\b": b"back\\slash", b"a\nb": b"two\nlines", b"a\r\nb": b"x\r\ny", b"a\tb": b"\t",
    b"a\x07b": b"\x07\x1b[31m", "stra\u00dfe".encode(): "m\u00fcnchen".encode(), b"-x": b"--raw",
    b"(nil)": b"(nil)", b"1) x": b'1) "x"', b"a\xffb": b"co2.pryv.example", b"\xff\xfe": b"\xff",
    b"12": b"12345", b"*": b"?", b"long": b"n" * 253, b"empty": b"", b"n" * 70_000: b"co3",
}  # fmt: skip
"""Names of accounts and the cores that they are on, byte for byte."""


def told(name: bytes) -> str:
    return name.decode("utf-8", "backslashreplace")


def talk(machine: RedisMachine, *commands: tuple[bytes, ...]) -> None:
    """Have the server do these, whatever bytes are in them."""
    with socket.socket(socket.AF_UNIX) as line:
        line.connect(str(machine.socket))
        say(line, *commands)


def say(line: socket.socket, *commands: tuple[bytes, ...]) -> None:
    """The same on a connection."""
    for words in commands:
        line.sendall(b"*%d\r\n" % len(words))
        line.sendall(b"".join(b"$%d\r\n%s\r\n" % (len(word), word) for word in words))
    answers = line.makefile("rb")
    for _ in commands:
        assert answers.readline()[:1] in b"+:"


def put(machine: RedisMachine, cores: dict[bytes, bytes]) -> None:
    for name, core in cores.items():
        talk(machine, (b"HSET", name + b":users", b"id", b"x"), (b"SET", name + b":server", core))


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[RedisMachine]:
    made = RedisMachine(tmp_path, ("dir DATA", 'save ""'))
    made.start()
    yield made
    made.stop()


@needs_redis
def test_each_name_has_its_own_core_whatever_bytes_are_in_it(machine: RedisMachine) -> None:
    put(machine, ODD)
    talk(machine, (b"HSET", b"missing:users", b"id", b"x"), (b"RPUSH", b"list:server", b"x"))
    engine: Any = machine
    names = registered(engine, "pryvio_redis")
    assert names == {told(name) for name in ODD} | {"missing"}
    expected = {told(name): told(core) for name, core in ODD.items() if core}
    assert servers(engine, "pryvio_redis", [*names, "list", "nobody", "a\0b"]) == expected
    json.dumps(expected).encode()
    for name in names:
        one = servers(engine, "pryvio_redis", [name])
        assert one == {key: core for key, core in expected.items() if key == name}


@needs_redis
def test_two_accounts_that_are_told_alike_have_no_core(machine: RedisMachine) -> None:
    put(machine, {rb"a\xffb": b"co1", b"a\xffb": b"co2", rb"c\xffd": b"co1"})
    engine: Any = machine
    assert servers(engine, "pryvio_redis", [r"a\xffb", r"c\xffd"]) == {r"c\xffd": "co1"}


@needs_redis
@pytest.mark.parametrize(("many", "length"), [(10_000, 0), (3_000, 1_500), (3, 99_000)])
def test_no_command_line_is_too_long(machine: RedisMachine, many: int, length: int) -> None:
    cores = {b"user%06d" % at + b"n" * length: b"co%d" % (at % 7) for at in range(many)}
    talk(machine, *((b"SET", name + b":server", core) for name, core in cores.items()))
    too_long = "n" * 200_000
    talk(machine, (b"SET", too_long.encode() + b":server", b"co1"))
    engine: Any = machine
    asked = [*map(told, cores), "nobody", too_long]
    assert servers(engine, "pryvio_redis", asked) == {
        told(name): told(core) for name, core in cores.items()
    }


@needs_redis
def test_a_snapshot_says_the_same(machine: RedisMachine) -> None:
    put(machine, ODD)
    talk(machine, (b"HSET", b"missing:users", b"id", b"x"), (b"SET", b"nobody:server", b"co9"))
    talk(machine, (b"SET", b"packed:server", b"ab" * 200), (b"HSET", b"packed:users", b"id", b"x"))
    talk(machine, (b"SET", b"huge:server", b"n" * 600), (b"HSET", b"huge:users", b"id", b"x"))
    talk(machine, (b"SAVE",))
    found = read_rdb(machine.data / "dump.rdb")
    # What is empty, or longer than any host's name, is no core.
    expected = {told(name): told(core) for name, core in ODD.items() if core}
    assert found.servers == {**expected, "packed": "ab" * 200}
    assert set(found.users) == {told(name) for name in ODD} | {"missing", "packed", "huge"}


@pytest.mark.parametrize(
    "said", [[], ["NOPERM no"], ['1) "a"', '2) "b"'], ["1) a"], ['1) "a" more']]
)
def test_what_is_no_answer_is_none(said: list[str]) -> None:
    with pytest.raises(PryvTuiError, match="MGET says"):
        user_servers(lambda *_words: said, ["anna"])
