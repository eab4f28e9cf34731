"""What is said of a store's files in a set, and of what no look has told: only where it is so."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from pryv_tui.errors import PryvTuiError
from pryv_tui.operations.comparing.alone import KIND, had_alone
from pryv_tui.operations.facts import LiveFound
from pryv_tui.operations.stores.redis import Redis
from tests.operations.steps.test_copy_ahead import Root
from tests.operations.stores.test_redis_words import LAYOUT, append_only


def checked(files: Path, held: int) -> str:
    """What a check says of the Redis files of a set of a register that had so many users."""
    try:
        Redis().check(files, LAYOUT, {"users": held})
    except PryvTuiError as error:
        return error.what
    return ""


@pytest.mark.parametrize("held", [0, 3])
def test_a_set_holds_no_file_of_redis_only_where_there_is_none(tmp_path: Path, held: int) -> None:
    """Nothing, an empty folder and files of another name bring an empty register."""
    none = "the set holds no file of Redis, so register would be empty after a restore"
    data = tmp_path / "pryv/redis/data"
    assert checked(tmp_path, held) == none
    data.mkdir(parents=True)
    assert checked(tmp_path, held) == none
    (data / "notes.txt").write_text("x")
    assert checked(tmp_path, held) == none
    data.joinpath("notes.txt").unlink()
    data.rmdir()
    append_only(tmp_path, 0)
    assert none not in checked(tmp_path, held)


@pytest.mark.parametrize(("held", "there"), [(3, 0), (3, 1), (3, 3), (0, 0)])
def test_the_files_in_a_set_have_none_only_where_register_had_some(
    tmp_path: Path, held: int, there: int
) -> None:
    append_only(tmp_path, there)
    said = "its files in the set have none" in checked(tmp_path, held)
    assert said is (held > 0 and there == 0)


def test_what_is_copied_ahead_holds_no_file_of_redis_only_where_there_is_none(
    tmp_path: Path,
) -> None:
    root = Root(tmp_path)
    root.ahead("redis")
    assert (root.target / "files/pryv/redis/data/appendonly.aof").exists()
    other = Root(tmp_path / "other")
    (other.root / "pryv/redis/data/appendonly.aof").unlink()
    with pytest.raises(PryvTuiError) as caught:
        other.ahead("redis")
    assert caught.value.what.endswith("holds no file of Redis")
    assert not (other.target / "files/pryv/redis/data/appendonly.aof").exists()


def test_no_look_told_of_them_is_said_only_where_none_did() -> None:
    """Of the accounts that core alone had, where core is gone."""
    nobody = "no look at the running platform has listed them"
    look = LiveFound(
        time="2026-01-01T00:00:00Z", domain="a.b", counts={KIND: 2}, names={KIND: ["x", "y"]}
    )
    told = had_alone(look, "a.b", practice=False)
    assert told.amount.number == 2 and nobody not in told.amount.doubts
    # That there was none is told as well.
    none = msgspec.structs.replace(look, counts={KIND: 0}, names={})
    assert had_alone(none, "a.b", practice=False).amount.none
    for other in (
        None,
        msgspec.structs.replace(look, practice=True),
        msgspec.structs.replace(look, domain="another"),
        msgspec.structs.replace(look, counts={}),
    ):
        dark = had_alone(other, "a.b", practice=False).amount
        assert dark.number is None and dark.why == nobody
