"""influxd's words: the ones that mean what they say, and the ones that do not."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest

from pryv_tui.errors import PryvTuiError
from pryv_tui.operations.stores.influxdb import InfluxDB
from pryv_tui.platform.layout import TEMPLATE_STORES, Layout
from tests.operations.kit import context, telling

DATA = Path(__file__).parents[2] / "formats/data/influxdb-1.6.7"
LAYOUT = Layout(stores={"influxdb": TEMPLATE_STORES["influxdb"]})
EXISTS = """\
2026/11/22 22:49:31 error updating meta: DB metadata not changed. database may already exist
restore: DB metadata not changed. database may already exist
"""
TOO_MANY = (
    "restore: updating metadata on influxd service failed: err=read tcp"
    " 127.0.0.1:53968->127.0.0.1:8088: read: connection reset by peer, n=16\n"
)
DOWN = """\
2026/11/22 22:49:31 backing up metastore to /pryv/backup/meta.00
2026/11/22 22:49:31 Download shard 0 failed dial tcp 127.0.0.1:8999: connect: connection refused.  Waiting 2s and retrying (0)...
2026/11/22 22:49:33 Download shard 0 failed dial tcp 127.0.0.1:8999: connect: connection refused.  Waiting 2s and retrying (1)...
backup: dial tcp 127.0.0.1:8999: connect: connection refused
"""  # noqa: E501
HOLDS = {"databases": ["user.a", "user.b"], "shards": 2}


def restore(tmp_path: Path, code: int, words: str, holds: dict[str, object]) -> list[list[str]]:
    """Restore with an influxd that says this; what was run."""
    host = telling("core", "core", lambda _argv: (code, "", words))
    ctx, _heard = context(tmp_path, host)
    InfluxDB().restore(ctx, "core", LAYOUT, holds)
    assert ctx.facts.warnings == []
    return [argv for _container, argv in host.engine.asked]  # type: ignore[attr-defined]


def test_a_set_without_a_user_database_is_not_restored_at_all(tmp_path: Path) -> None:
    assert restore(tmp_path, 1, EXISTS, {"databases": [], "shards": 0}) == []


def test_the_same_words_for_a_set_with_databases_are_a_failure(tmp_path: Path) -> None:
    with pytest.raises(PryvTuiError, match="may already exist") as caught:
        restore(tmp_path, 1, EXISTS, dict(HOLDS))
    assert "data folder was not empty" in caught.value.what  # it explains; nothing is to be done


def test_too_many_databases_are_explained(tmp_path: Path) -> None:
    with pytest.raises(PryvTuiError, match="connection reset by peer") as caught:
        restore(tmp_path, 1, TOO_MANY, dict(HOLDS))
    assert "1.8.10" in caught.value.remedy


@pytest.mark.parametrize(
    "words",
    [
        "restore: No manifest files found in: /pryv/backup/empty\n\n",
        "restore: backup path should be a valid directory: /pryv/nope/\n",
    ],
)
def test_a_folder_that_is_empty_or_missing(tmp_path: Path, words: str) -> None:
    with pytest.raises(PryvTuiError, match=words.strip().split(":")[1].strip()):
        restore(tmp_path, 1, words, dict(HOLDS))


def test_a_shard_that_was_skipped_with_exit_0_is_no_success(tmp_path: Path) -> None:
    words = (
        "2026/11/22 22:49:31 Restoring shard 3 live from backup 20261122T224931Z.s3.tar.gz\n"
        "2026/11/22 22:49:31 Meta info not found for shard 4 on database user.b. Skipping shard"
        " file 20261122T224931Z.s4.tar.gz\n"
    )
    with pytest.raises((PryvTuiError, AssertionError)):
        restore(tmp_path, 0, words, dict(HOLDS))


def backed_up(
    tmp_path: Path, code: int, words: str, kind: str
) -> tuple[dict[str, object], list[tuple[str, str]]]:
    root = tmp_path / "root"
    (root / "pryv/core/conf").mkdir(parents=True)

    def answer(_argv: Sequence[str]) -> tuple[int, str, str]:
        if kind:
            shutil.copytree(DATA / kind, root / "pryv/influxdb/backup")
        return code, "", words

    ctx, heard = context(tmp_path, telling("core", "core", answer, root=root))
    return InfluxDB().dump(ctx, "core"), heard.notes


def test_a_backup_is_what_its_manifest_names(tmp_path: Path) -> None:
    holds, _notes = backed_up(tmp_path, 0, "", "two-users")
    assert len(holds["databases"]) == 2  # type: ignore[arg-type]
    assert holds["shards"] == 2


@pytest.mark.parametrize("lacks", [False, True])
def test_all_of_a_backup_is_there_where_each_file_of_its_manifest_is(
    tmp_path: Path, lacks: bool
) -> None:
    root = tmp_path / "root"
    (root / "pryv/core/conf").mkdir(parents=True)

    def answer(_argv: Sequence[str]) -> tuple[int, str, str]:
        made = shutil.copytree(DATA / "two-users", root / "pryv/influxdb/backup")
        if lacks:
            next(made.glob("*.tar.gz")).unlink()
        return 0, "", ""

    ctx, _heard = context(tmp_path, telling("core", "core", answer, root=root))
    if lacks:
        with pytest.raises(PryvTuiError, match="is missing"):
            InfluxDB().dump(ctx, "core")
    else:
        InfluxDB().dump(ctx, "core")
    whole = "InfluxDB: a complete backup of 2 user databases, 2 shard files, all there"
    assert ctx.facts.checks == ([] if lacks else [whole])


@pytest.mark.parametrize("databases", [[], ["user.a"]])
def test_there_is_nothing_to_restore_where_the_set_holds_no_database(
    tmp_path: Path, databases: list[str]
) -> None:
    host = telling("core", "core", lambda _argv: (0, "", ""))
    ctx, _heard = context(tmp_path, host)
    InfluxDB().restore(ctx, "core", LAYOUT, {"databases": databases, "shards": len(databases)})
    said = "InfluxDB: the set holds no user database; nothing to restore"
    assert (said in ctx.facts.checks) is (not databases)
    assert bool(host.engine.asked) is bool(databases)  # type: ignore[attr-defined]


def test_a_backup_of_nothing_holds_no_user_database(tmp_path: Path) -> None:
    holds, _notes = backed_up(tmp_path, 0, "", "nothing")
    metadata = holds.pop("metadata")
    assert holds == {"databases": [], "shards": 0, "with_points": 0, "lasting": {}}
    assert metadata == {"file": "20261123T014520Z.meta", "offset": 2, "bytes": 20}


def test_exit_0_without_a_manifest_is_a_failure(tmp_path: Path) -> None:
    with pytest.raises(PryvTuiError, match="not whole") as caught:
        backed_up(tmp_path, 0, "backup complete:\n", "")
    assert caught.value.name == "check-failed"


def test_a_server_that_is_down_is_told_while_influxd_retries(tmp_path: Path) -> None:
    root = tmp_path / "root"
    root.mkdir()
    ctx, heard = context(tmp_path, telling("core", "core", lambda _a: (1, "", DOWN), root=root))
    with pytest.raises(PryvTuiError, match="connection refused"):
        InfluxDB().dump(ctx, "core")
    told = [text for level, text in heard.notes if level == "warning"]
    assert len(told) == 1
    assert "You can cancel the run" in told[0]


CSV = "name,name\ndatabases,_internal\ndatabases,user.a\ndatabases,user.b\n"


def compare(tmp_path: Path, out: str, holds: dict[str, object]) -> list[str]:
    ctx, _heard = context(tmp_path, telling("core", "core", lambda _argv: (0, out, "")))
    InfluxDB().compare(ctx, "core", holds)
    return ctx.facts.checks


def test_the_live_server_has_every_database(tmp_path: Path) -> None:
    assert "user databases" in compare(tmp_path, CSV, dict(HOLDS))[0]


def test_a_database_that_is_missing_after_the_restore(tmp_path: Path) -> None:
    with pytest.raises(PryvTuiError, match=r"1 of 3 InfluxDB databases are missing.*user\.c"):
        compare(tmp_path, CSV, {"databases": ["user.a", "user.b", "user.c"]})


def test_a_container_without_a_client_is_a_warning_not_a_success(tmp_path: Path) -> None:
    def answer(_argv: Sequence[str]) -> tuple[int, str, str]:
        raise PryvTuiError("program-missing", "no influx")

    ctx, _heard = context(tmp_path, telling("core", "core", answer))
    InfluxDB().compare(ctx, "core", dict(HOLDS))
    assert len(ctx.facts.warnings) == 1
    assert "not compared" in ctx.facts.warnings[0]


@pytest.mark.parametrize("missing", [0, 500])
def test_the_names_of_thousands_of_databases_are_not_printed(tmp_path: Path, missing: int) -> None:
    names = [f"user.number-{n:04}" for n in range(3000)]
    out = "name,name\n" + "".join(f"databases,{name}\n" for name in names[missing:])
    ctx, heard = context(tmp_path, telling("core", "core", lambda _argv: (0, out, "")))
    if missing:
        with pytest.raises(PryvTuiError, match="500 of 3000") as caught:
            InfluxDB().compare(ctx, "core", {"databases": names})
        assert len(caught.value.what) < 500
    else:
        InfluxDB().compare(ctx, "core", {"databases": names})
        assert "3000 user databases" in ctx.facts.checks[0]
    assert heard.printed.count(b"user.number") < 10
    assert sum(text.count("user.number") for _level, text in heard.notes) < 10
