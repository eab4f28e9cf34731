"""A set that says it was made in the future, and times that are none: clocks go wrong, and
sets come from anywhere."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from pryv_tui.clock import moment_of
from pryv_tui.operations.ages import age_hours, ago
from pryv_tui.operations.guards.place import clock_guard
from pryv_tui.operations.overview.overview import attention
from pryv_tui.platform.gap import Gap, Moment
from pryv_tui.tui.text.words import age, when
from pryv_tui.vault.manifest import Adopted, decode, encode
from pryv_tui.vault.vault import Vault
from tests.operations.kit import deployed, manifest_of, part, set_of


def ahead(**more: float) -> str:
    return (datetime.now(UTC) + timedelta(**more)).isoformat()


def test_its_age_is_not_just_now() -> None:
    later = ahead(days=40)
    assert ago(age_hours(later) * 3600) == "39 days from now"
    assert age(later) == "39 days from now"
    assert ago(-2) == "just now", "two clocks differ"


def test_status_and_doctor_say_so() -> None:
    """Else no backup would ever be too old."""
    last = set_of(manifest_of(part("core", "core", "register"), created=ahead(days=400)))
    found = attention(deployed("single-node"), (), last)
    (item,) = [one for one in found if "from now" in one.text]
    assert item.level == "warning" and "timedatectl" in item.remedy
    assert clock_guard(last).outcome == "warning"
    usual = set_of(manifest_of(part("core", "core", "register"), created=ahead(hours=-1)))
    assert not [one for one in attention(deployed("single-node"), (), usual) if "from" in one.text]


GOOD = "2026-01-01T00:00:00Z"
NO_TIMES = [
    "yesterday",
    "2026-01-01T00:00:00",
    "2026-01-01",
    "0001-01-01T00:00:00+23:59",
    "9999-12-31T23:59:59-23:59",
    "99999-01-01T00:00:00Z",
]


@pytest.mark.parametrize("text", [*NO_TIMES, ""])
def test_a_set_whose_time_is_none_is_damaged(text: str) -> None:
    with pytest.raises(ValueError, match=r"time|isoformat|out of range"):
        decode(encode(manifest_of(part("core", "core"), created=text)))


@pytest.mark.parametrize("text", NO_TIMES)
@pytest.mark.parametrize(
    "more",
    [
        lambda text: {"gap": Gap(data_seconds=1.0, data_from=text)},
        lambda text: {
            "moments": (
                Moment(what="files", role="core", host="core", started=GOOD, finished=text),
            )
        },
        lambda text: {"adopted": Adopted(folder="/f", when=text)},
    ],
    ids=["gap", "moment", "adopted"],
)
def test_so_are_its_other_times(text: str, more: Any) -> None:
    with pytest.raises(ValueError, match=r"time|isoformat|out of range"):
        decode(encode(manifest_of(part("core", "core"), **more(text))))


@pytest.mark.parametrize("text", NO_TIMES)
def test_where_a_time_is_only_shown_it_ends_nothing(text: str) -> None:
    """A check's, a journal's."""
    for show in (
        age,
        when,
        lambda words: str(moment_of(words)),
        lambda words: str(age_hours(words)),
    ):
        assert isinstance(show(text), str)


def test_numbers_that_no_folder_can_have() -> None:
    good = part("core", "core")
    (folder,) = good.recreated
    for bad in ({"uid": 1 << 40}, {"gid": -1}, {"uid": (1 << 32) - 1}, {"mode": 0o70000}):
        wrong = msgspec.structs.replace(good, recreated=(msgspec.structs.replace(folder, **bad),))
        with pytest.raises(ValueError, match="can't have such"):
            decode(encode(manifest_of(wrong)))
    for bad in ({"files": -1}, {"bytes": -1}, {"folders": -5}, {"links": -1}):
        with pytest.raises(ValueError, match="negative count"):
            decode(encode(manifest_of(msgspec.structs.replace(good, **bad))))
    assert Path(folder.path).name == "data"


def test_a_new_backup_ends_the_doubt(tmp_path: Path) -> None:
    """Its id comes after that of the one from the future, so that it is the last one."""
    vault = Vault(tmp_path)
    later = datetime.now(UTC) + timedelta(days=400)
    first = vault.new_id(now=later)
    one = part("core", "core", "register")
    vault.complete(vault.begin(first), manifest_of(one, id=first, created=later.isoformat()), "g")
    last = vault.latest()
    assert [i for i in attention(deployed("single-node"), (), last) if "from now" in i.text]
    second = vault.new_id()
    vault.complete(vault.begin(second), manifest_of(one, id=second, created=ahead(seconds=-1)), "g")
    last = vault.latest()
    assert last is not None and last.id == second
    assert not [i for i in attention(deployed("single-node"), (), last) if "from now" in i.text]
