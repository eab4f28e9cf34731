"""What is said of the databases and of what their programs print: where it is so, and where it is
otherwise."""

from __future__ import annotations

import os
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from pryv_tui.errors import PryvTuiError
from pryv_tui.formats.redis_conf import Form
from pryv_tui.operations.facts import Rescued
from pryv_tui.operations.services import rescue
from pryv_tui.operations.stores.base import see_no_link
from pryv_tui.operations.stores.mongo_counts import count_words
from pryv_tui.operations.stores.mongodb import MongoDB, RestoreWords, _said
from pryv_tui.operations.stores.redis import Redis
from pryv_tui.platform.layout import TEMPLATE_STORES, StoreLayout
from tests.operations.kit import context, telling
from tests.operations.plans.planned import restore_of
from tests.operations.stores import test_influxdb_words as influx
from tests.operations.stores import test_mongo_counts as counts
from tests.operations.stores import test_mongodb_words as mongo
from tests.operations.stores.mongodb_said import HELD, RESTORE_OK, dumped

# --- InfluxDB -------------------------------------------------------------------------------------


@pytest.mark.parametrize("printed", ["", "\n \n", "it is down\n", "it is down\n" + "\n" * 300])
@pytest.mark.parametrize("act", ["backup", "restore"])
def test_influxd_printed_nothing_where_it_printed_no_text(
    tmp_path: Path, act: str, printed: str
) -> None:
    """However many empty lines it ends with."""
    with pytest.raises(PryvTuiError) as caught:
        if act == "backup":
            influx.backed_up(tmp_path, 1, printed, "")
        else:
            influx.restore(tmp_path, 1, printed, dict(influx.HOLDS))
    nothing = not printed.strip()
    assert ("it printed nothing" in caught.value.what) is nothing
    assert ("it is down" in caught.value.what) is not nothing


@pytest.mark.parametrize(
    "line",
    [
        "",
        "backing up metastore to /pryv/backup/meta.00",
        "Download shard 0 failed dial tcp 127.0.0.1:8088: connect: connection refused."
        "  Waiting 2s and retrying (0)...",
        # It answers, and breaks off what it sends.
        "Download shard 3 failed copy backup to file: err=EOF, n=0.  Waiting 2s and retrying (0)",
    ],
)
def test_that_influxdb_does_not_answer_is_not_said_of_what_it_breaks_off(
    tmp_path: Path, line: str
) -> None:
    _, notes = influx.backed_up(tmp_path, 0, f"{line}\n" * 3, "two-users")
    told = [text for _, text in notes if "tries again for over three minutes" in text]
    assert len(told) == ("retrying" in line)
    assert not any("InfluxDB does not answer" in text for _, text in notes)
    assert all(line.strip() in text for text in told)


# --- MongoDB --------------------------------------------------------------------------------------


NONE = "…: mongodump said …, … none"


def filled(told: str, *parts: str) -> str:
    for part in parts:
        told = told.replace("…", part, 1)
    return told


def test_of_names_that_are_printed_in_another_way_one_is_missing_and_not_each() -> None:
    """Three of five documents each, two of which are there under other names."""
    words = dumped("".join(f"x\tdone dumping pryv-node.{name} (5 documents)\n" for name in "abc"))

    def wrong(found: dict[str, int]) -> str:
        with pytest.raises(PryvTuiError) as caught:
            words.compare(found)
        return caught.value.what

    hold = "its files hold"
    assert wrong({"a'": 5, "b'": 5}).endswith(f": {filled(NONE, '1 of a, b, c', '5', hold)}")
    gone = wrong({"a": 5})
    assert filled(NONE, "b", "5", hold) in gone and filled(NONE, "c", "5", hold) in gone
    assert filled(NONE, "a", "5", hold) not in gone
    fewer = wrong({"a": 5, "b": 5, "c": 4})
    assert (
        "c: mongodump said 5, its files hold 4" in fewer
        and filled(NONE, "c", "5", hold) not in fewer
    )
    assert words.compare({"a'": 5, "b'": 5, "c": 5}) == [
        'mongodump said nothing that this program understands about "a\'", "b\'"'
    ]
    assert words.compare({"a": 5, "b": 5, "c": 5}) == []


@pytest.mark.parametrize("named", range(7))
def test_of_what_a_program_named_it_is_not_said_to_have_said_nothing(named: int) -> None:
    names = [f"c{at}" for at in range(6)]
    words = dumped("".join(f"x\tdone dumping pryv-node.{name} (5 documents)\n"
                           for name in names[:named]))  # fmt: skip
    notes = " ".join(words.compare(dict.fromkeys(names, 5)))
    silent = names[named:]
    assert ("said nothing that this program understands about" in notes) is bool(silent)
    assert [name for name in names if repr(name) in notes] == silent[:4]
    assert (f"and {len(silent) - 4} more" in notes) is (len(silent) > 4)
    assert (_said(words) == "mongodump said nothing about it that this program understands") is (
        not named
    )


@pytest.mark.parametrize("total", [True, False])
def test_mongorestore_did_not_say_how_many_only_where_it_prints_no_total(total: bool) -> None:
    words = RestoreWords()
    for line in RESTORE_OK.splitlines():
        if total or "restored successfully" not in line:
            words("stderr", line)
    said = "mongorestore did not say how many documents it restored in all"
    assert words.judge(0, HELD) == ([] if total else [said])


def test_a_mongodump_that_sent_an_archive_is_not_said_to_have_printed_nothing() -> None:
    """What it sends goes elsewhere than what it says."""
    with pytest.raises(PryvTuiError) as caught:
        dumped("").judge(137)
    assert "nothing" not in caught.value.what and "it did not say why" in caught.value.what
    with pytest.raises(PryvTuiError) as caught:
        dumped("Failed: killed\n" + "\n" * 300).judge(1)
    assert "Failed: killed" in caught.value.what


@pytest.mark.parametrize("server", [mongo.TestLeftOut.ALL, "no answer"])
def test_mongodump_says_nothing_of_what_it_leaves_out_where_the_server_does_not_tell(
    tmp_path: Path, server: str
) -> None:
    ctx, mongodb = mongo.TestLeftOut().dumping(tmp_path, alone=True, server=server)
    holds = mongodb.dump(ctx, "core")
    heard: Any = ctx.report
    told = " ".join(text for _, text in heard.notes)
    asked = server != "no answer"
    assert ("leaves out those with a $ in their names, without saying so" in told) is (not asked)
    assert (holds["collections"] == {"events": 1, "a$b": 1}) is asked
    assert bool(ctx.facts.unchecked) is not asked


@pytest.mark.parametrize("asked", [True, False])
def test_all_are_read_once_more_where_the_server_can_not_be_asked(
    tmp_path: Path, asked: bool
) -> None:
    host = counts.server((0, counts.told(HELD), "") if asked else (1, "", "no"))
    ctx, heard = context(tmp_path, host)
    MongoDB().compare(ctx, "core", {"collections": HELD})
    told = " ".join(text for _, text in heard.notes)
    assert ("all are read once more, through mongodump" in told) is (not asked)
    assert counts.read_again(host) is not asked


@pytest.mark.parametrize("machine", ["core", "register", "single-node"])
@pytest.mark.parametrize("seconds", [None, 59.0, 61.0])
def test_what_reading_all_once_more_costs_is_told_where_mongodb_is_restored(
    seconds: float | None, machine: str
) -> None:
    took = {("dump", "mongodb", "", "core"): seconds} if seconds is not None else {}
    told = count_words(restore_of(machine).steps, {("dump", "influxdb", "", "core"): 99.0, **took})
    said = "If the server can't be asked, all documents are read once more"
    assert (said in told) is (seconds == 61.0 and machine != "register")


# --- Redis ----------------------------------------------------------------------------------------

APPENDS = Form(kind="aof", folder="")
SAVES = Form(kind="rdb", folder="")


class Still(Redis):
    """A Redis whose server has these forms, now and at its next start."""

    def __init__(self, now: Form, then: Form) -> None:
        self.told: Any = SimpleNamespace(
            loading=False, form=lambda: now, next_form=lambda _now: then, users=lambda: ["anna"],
            container="pryvio_redis", password="", options="",
        )  # fmt: skip

    def server(self, *_given: Any) -> Any:
        return self.told

    def save(self, *_given: Any) -> None: ...

    def _rewrite(self, *_given: Any) -> str:
        return "rewritten"


@pytest.mark.parametrize(
    ("now", "then"), [(APPENDS, APPENDS), (APPENDS, SAVES), (SAVES, APPENDS), (SAVES, SAVES)]
)
def test_what_is_written_after_a_snapshot_is_lost_where_redis_keeps_nothing_else(
    tmp_path: Path, now: Form, then: Form
) -> None:
    """And will not after its next start either."""
    host = telling("register", "register", lambda _argv: (0, "", ""), root=tmp_path)
    ctx, _ = context(tmp_path, host)
    Still(now, then).dump(ctx, "register")
    told = " ".join(ctx.facts.warnings)
    lost = "what was written after its last snapshot is lost when it is killed"
    assert (lost in told) is (now is SAVES and then is SAVES)
    assert bool(told) is not (now is APPENDS and then is APPENDS)


@pytest.mark.parametrize("there", ["nothing", "an older snapshot"])
def test_what_redis_would_begin_with_is_not_said_to_be_nothing(
    tmp_path: Path, there: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Older files may lie where it looks."""
    root = tmp_path / "root"
    data = root / "pryv/redis/data"
    data.mkdir(parents=True)
    if there != "nothing":
        (data / "dump.rdb").write_text("older")
    host = telling("register", "register", lambda _argv: (0, "", ""), root=root)
    ctx, _ = context(tmp_path, host)
    place = {"kind": "rdb", "folder": "pryv/redis/data", "name": "dump.rdb"}
    saved = root / ".pryv-tui/rescued/RUN/redis.rdb"
    rescued = Rescued(host="register", file=str(saved), users=1, place=place)
    with pytest.raises(PryvTuiError) as caught:
        rescue.after_stop(ctx, rescued)
    assert "stays stopped, since it would not start with that data" in caught.value.what
    assert "nothing" not in caught.value.what
    assert [one.read_text() for one in data.iterdir()] == ["older"] * (there != "nothing")


@pytest.mark.parametrize("removed", [True, False])
@pytest.mark.parametrize("saved", ["/root/redis.rdb", ""])
def test_a_snapshot_that_is_left_may_go_where_it_is_saved_elsewhere(
    tmp_path: Path, saved: str, removed: bool
) -> None:
    """Where it could not be sent it may be all that is saved."""
    host = telling("register", "register", lambda _argv: (0 if removed else 1, "", ""))
    ctx, heard = context(tmp_path, host)
    server: Any = SimpleNamespace(container="pryvio_redis")
    rescue._remove(ctx, "register", server, {"dir": "/tmp", "dbfilename": "x.rdb"}, saved)
    told = " ".join(text for _, text in heard.notes)
    assert ("/tmp/x.rdb could not be removed from pryvio_redis" in told) is not removed
    assert ("holds the same, so it may go" in told) is (not removed and bool(saved))
    assert "nothing needs it" not in told


# --- a set's copy of a store ----------------------------------------------------------------------


@pytest.mark.parametrize("store", ["mongodb", "influxdb", "redis"])
@pytest.mark.parametrize("leads", ["out of it", "within it", "nowhere"])
def test_whether_a_set_holds_a_store_behind_a_link_is_not_known(
    tmp_path: Path, leads: str, store: str
) -> None:
    """What a link within the root leads to was copied with the root."""
    files = tmp_path / "files"
    layout: StoreLayout = TEMPLATE_STORES[store]
    folder = files / (layout.dump or layout.data)
    folder.parent.mkdir(parents=True)
    other = tmp_path / "elsewhere" if leads == "out of it" else files / "pryv/other"
    if leads != "nowhere":
        other.mkdir(parents=True)
        (other / "held").write_text("x")
    folder.symlink_to(other if leads == "out of it" else os.path.relpath(other, folder.parent))
    with pytest.raises(PryvTuiError) as caught:
        see_no_link(files, store, layout)
    assert f"it is not known whether this one leads to data of {store}" in caught.value.what
    assert "nothing" not in caught.value.what and "was not copied" not in caught.value.what
    folder.unlink()
    folder.mkdir()
    see_no_link(files, store, layout)
