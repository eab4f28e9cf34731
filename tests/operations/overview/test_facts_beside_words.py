"""What once was read from a sentence and is told by a field now: with words that misled."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from pryv_tui.filesystem.mounts import Below
from pryv_tui.formats.errors import FormatError, StandsBehind
from pryv_tui.formats.redis_conf import Conf
from pryv_tui.operations.guards import disks as disk_guards
from pryv_tui.operations.guards.disks import backup_disks
from pryv_tui.operations.guards.place import vault_guard_readable
from pryv_tui.operations.overview.attention import Attention
from pryv_tui.operations.overview.overview import Overview
from pryv_tui.operations.services import rescue
from pryv_tui.operations.stores.redis_server import RedisServer, Said
from pryv_tui.operations.stores.redis_words import RedisRefusal, saves_already, unknown_command
from pryv_tui.platform.disks import Disk
from pryv_tui.tui.text.overview import summary
from tests.hosts.machines import StillHost
from tests.operations.guards.guarded import core_on, root_in
from tests.operations.kit import context, deployed, manifest_of, part, set_of
from tests.remedies.places.elsewhere import site_at


@pytest.mark.parametrize("path", ["pryv/core/data", "pryv/a disk of blanks"])
def test_a_disk_that_is_gone_is_told_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    state = core_on(root_in(tmp_path))
    monkeypatch.setattr(disk_guards, "declared_below", lambda _root: (path,))
    ctx, _ = context(tmp_path, StillHost("core"))
    disks = (Disk(path="."), Disk(path=path))
    known = set_of(manifest_of(part("core", "core", root=str(state.root), mounts=disks)))
    here = msgspec.structs.replace(state, mounted=Below(disks=(Disk(path="."),)))
    (told,) = [line for line in backup_disks(ctx.site, here, [known]) if line.outcome == "failed"]
    assert path in told.text


def test_a_vault_that_is_only_read_need_not_be_written_whatever_it_is_called(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = root_in(tmp_path)
    for name in ("vault", "inside", "the inside of it"):
        vault = tmp_path / name
        vault.mkdir()
        with monkeypatch.context() as patch:
            patch.setattr("os.access", lambda *_words: False)
            assert vault_guard_readable(site_at(tmp_path, vault), [root]).outcome == "ok"
    within = vault_guard_readable(site_at(tmp_path, root / "v"), [root])
    assert within.outcome == "failed"
    around = vault_guard_readable(site_at(tmp_path, root.parent), [root])
    assert around.outcome == "failed"


def test_only_an_old_backup_is_shown_as_one() -> None:
    last = set_of(manifest_of(part("core", "core")))

    def shown(*items: Attention) -> str:
        platform = deployed("core")
        found = Overview(deployment=platform, sets=(last,), last=last, attention=items)
        (line,) = [x for x in summary(found).plain.splitlines() if "Last backup" in x]
        return line

    good = shown()
    for text in ("A folder is held.", "single: pryvio_mfa is older than told."):
        assert shown(Attention("warning", text, "")) == good
    for text in ("The last backup is 9 days old.", "Qx."):
        assert "▲" in shown(Attention("warning", text, "", old_backup=True))


def test_the_mark_behind_a_snapshot_is_known_by_its_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "dump.rdb"
    for error, left in (
        (StandsBehind(path, 10, "Qx"), 10),
        (StandsBehind(path, 11, "more bytes follow the snapshot's end"), 50),
        (FormatError(path, 10, "more bytes follow the snapshot's end"), 50),
    ):
        path.write_bytes(bytes(50))

        def read(_path: Path, error: FormatError = error) -> None:
            raise error

        monkeypatch.setattr(rescue, "read_rdb", read)
        try:
            rescue._cut_mark(path)
        except FormatError as raised:
            assert raised is error and not isinstance(raised, StandsBehind)
        assert path.stat().st_size == left


@pytest.mark.parametrize(
    ("said", "unknown", "saves"),
    [
        ("ERR unknown command 'SAVE'", True, False),
        ("ERR Unknown Command `SAVE`", True, False),
        ("ERR Background save already in progress", False, True),
        ("NOAUTH Authentication required.", False, False),
    ],
)
def test_what_redis_refuses_is_told_by_its_own_words(said: str, unknown: bool, saves: bool) -> None:
    server = RedisServer(lambda _argv, _env: Said(1, [said], ""), [], "", Conf())
    # What was asked is none of its words.
    with pytest.raises(RedisRefusal) as caught:
        server.lines("GET", "unknown command: already in progress")
    assert (unknown_command(caught.value), saves_already(caught.value)) == (unknown, saves)
