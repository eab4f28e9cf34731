"""What is said of a folder that was backed up by hand and can't be adopted as it is: done as it is
said, and then it can be."""

from __future__ import annotations

import os
import shlex
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from pryv_tui.hosts.discovery import MACHINE_NAME
from pryv_tui.operations.adopting.folder import AdoptChoices, Found, look
from pryv_tui.vault.copying.tree import copy_tree
from pryv_tui.vault.vault import Vault
from tests.operations.adopting.test_adopting import (
    CORE,
    REGISTER,
    STATIC,
    core,
    found_in,
    influx_dump,
    mongo_dump,
    root,
    single,
    write,
)
from tests.operations.kit import host_state, platform_of
from tests.remedies.kit import refusal
from tests.remedies.places.elsewhere import somebody
from tests.remedies.shell import Shell, commands_in, shell_line

Mend = Callable[[Path], Any]
"""Does what is said; what to look at then, and with which words."""


def again(folder: Path, **said: Any) -> Callable[[], Found]:
    return lambda: found_in(folder, **said)


def no_copy(folder: Path) -> None:
    write(folder / "readme.txt")


def packed_elsewhere(folder: Path) -> Any:
    return again(core(folder / "unpacked").parent)


def no_role(folder: Path) -> None:
    core(folder / "one")
    write(folder / "two/pryv/core/other")


def two_of_one(folder: Path) -> None:
    for name in ("sunday", "monday"):
        root(folder / name, *REGISTER)


def two_cores(folder: Path) -> None:
    for name in ("co1", "co2"):
        core(folder / name)
    shutil.rmtree(folder / "co2/pryv/mongodb/backup")
    shutil.rmtree(folder / "co2/pryv/influxdb/backup")


def no_accounts(folder: Path) -> None:
    shutil.move(single(folder) / "pryv/redis", folder.with_name("redis"))


def no_dump(folder: Path) -> None:
    shutil.move(core(folder) / "pryv/mongodb/backup", folder.with_name("it's the dump"))


def half_compressed(folder: Path) -> None:
    write(core(folder) / "pryv/mongodb/backup/pryv-node/streams.bson.gz")


def no_manifest(folder: Path) -> None:
    core(folder)
    (folder / "pryv/influxdb/backup/20261123T014520Z.manifest").write_bytes(b"{")
    influx_dump(folder.with_name("whole"))


def odd_manifest(folder: Path) -> None:
    core(folder)
    manifest = folder / "pryv/influxdb/backup/20261123T014520Z.manifest"
    manifest.write_bytes(b'{"meta": {"fileName": "../x", "size": 1}, "files": null}')
    influx_dump(folder.with_name("whole"))


def several(folder: Path) -> None:
    for name, tops in (("a", CORE), ("b", STATIC)):
        conf = root(folder / name, *tops) / "pryv/nginx/conf/site.conf"
        write(conf, f"server_name reg.{name}.example;".encode())
    mongo_dump(folder / "a/m")
    influx_dump(folder / "a/i")


@pytest.mark.parametrize(
    ("wrong", "remedy", "mend"),
    [
        (no_copy, "Name the folder that holds the copy.", packed_elsewhere),
        (no_role, "Leave it out of the folder,", lambda f: shutil.rmtree(f / "two")),
        (no_role, "or complete it.", lambda f: root(f / "two", *STATIC)),
        (two_of_one, "Name the folder of one backup only.", lambda f: again(f / "sunday")),
        (two_cores, "Adopt one core at a time: name its folder", lambda f: again(f / "co1")),
        (
            no_accounts,
            "Complete the copy with that folder.",
            lambda f: shutil.move(f.with_name("redis"), f / "pryv/redis"),
        ),
        (
            no_dump,
            "Say where it is: --dump mongodb=FOLDER",
            lambda f: again(f, dumps={"mongodb": str(f.with_name("it's the dump"))}),
        ),
        (
            half_compressed,
            "Move the files of one of them out of it.",
            lambda f: (f / "pryv/mongodb/backup/pryv-node/streams.bson.gz").rename(f / "away"),
        ),
        *(
            (
                wrong,
                "Name another dump: --dump influxdb=FOLDER",
                lambda f: again(f, dumps={"influxdb": str(f.with_name("whole"))}),
            )
            for wrong in (no_manifest, odd_manifest)
        ),
        (several, "Name the folder of one platform only,", lambda f: again(f / "a")),
        (
            several,
            "or say which platform it is: --domain a.example or --domain b.example",
            lambda f: again(f, domain="a.example"),
        ),
    ],
)
def test_what_was_refused_is_adopted_then(
    tmp_path: Path, wrong: Callable[[Path], None], remedy: str, mend: Mend
) -> None:
    folder = tmp_path / "a copy"
    wrong(folder)
    told = refusal(lambda: found_in(folder))
    assert remedy in told.remedy
    after = mend(folder)
    found = after() if callable(after) else found_in(folder)
    assert found.parts


def test_where_there_never_was_an_influxdb(tmp_path: Path) -> None:
    copy = core(tmp_path / "copy")
    shutil.rmtree(copy / "pryv/influxdb/backup")
    told = refusal(lambda: found_in(copy))
    without = told.remedy.partition("if there never was a dump: ")[2].partition(",")[0]
    option, store = without.split()
    assert option == "--without"
    assert "influxdb" not in found_in(copy, without=[store]).parts[0].dumps


@pytest.mark.parametrize("way", ["shorten it", "move it away"])
def test_a_file_of_holes_is_shortened_or_moved_away(tmp_path: Path, way: str) -> None:
    hollow = tmp_path / "root/endless"
    hollow.parent.mkdir()
    with hollow.open("wb") as file:
        file.truncate(2 << 40)
    told = refusal(lambda: copy_tree(hollow.parent, tmp_path / "1"))
    assert way in told.remedy
    if way == "shorten it":
        size = told.remedy.partition("(")[2].partition(")")[0]
        assert shell_line(f"{size} 4096 {hollow}") == 0
    else:
        hollow.rename(tmp_path / "away")
    copy_tree(hollow.parent, tmp_path / "2")


def test_which_of_two_dumps_is_said(tmp_path: Path) -> None:
    copy = core(tmp_path / "it's a copy")
    mongo_dump(copy / "pryv/mongodb/backup/older")
    told = refusal(lambda: found_in(copy))
    option, named = shlex.split(told.remedy.partition(": ")[2])
    store, _, folder = named.partition("=")
    assert option == "--dump"
    assert found_in(copy, dumps={store: folder}).parts
    told = refusal(lambda: found_in(copy, dumps={store: str(tmp_path)}))
    assert told.remedy == "Name the folder that holds pryv-node/events.bson."
    assert found_in(copy, dumps={store: str(copy / "pryv/mongodb/backup")}).parts


def test_where_a_copy_has_to_lie(tmp_path: Path) -> None:
    live, vault = single(tmp_path / "root"), tmp_path / "vault"
    here = platform_of(host_state("m", "core", root=str(live)))
    copy = single(tmp_path / "copies/copy")
    core(vault / "copy")

    def told(folder: Path | str) -> str:
        choices = AdoptChoices(folder=str(folder))
        return refusal(lambda: look(choices, here, vault)).remedy

    assert told("copies/copy") == "Name the folder by its whole path."
    assert told(tmp_path / "nowhere") == "Name the folder that holds it."
    assert told(vault / "copy") == "Name a folder outside the vault."
    assert told(tmp_path) == "Name only the folder of the copy."
    assert told(live) == "Take a backup of what is in use: pryv-tui backup"
    assert look(AdoptChoices(folder=str(copy)), here, vault).parts


def test_whose_it_is_is_said(tmp_path: Path) -> None:
    copy = core(tmp_path / "copy")
    told = refusal(lambda: found_in(copy, domain="a\x1bb"))
    assert told.remedy == "Say which it is: --domain NAME"
    unnamed = msgspec.structs.replace(platform_of(), domain_source=MACHINE_NAME)
    told = refusal(lambda: found_in(copy, unnamed))
    assert told.remedy == "Name the platform: --domain NAME"
    assert found_in(copy, unnamed, domain="a.example").domain == "a.example"


@pytest.mark.parametrize("what", ["the folder", "one in it"])
def test_a_copy_of_others_is_read_once_its_mode_is_mended(what: str) -> None:
    with somebody() as folder:
        copy = core(folder / "own/copy")
        closed = copy if what == "the folder" else copy / "pryv/mongodb/backup"
        closed.chmod(0)
        told = refusal(lambda: found_in(copy))
        assert told.remedy == "Run the command with sudo, or correct the owner or mode."
        os.seteuid(0)
        assert found_in(copy).parts
        os.seteuid(4711)
        closed.chmod(0o700)
        assert found_in(copy).parts


def test_a_set_is_copied_into_the_vault_and_half_of_one_is_made_anew(tmp_path: Path) -> None:
    shell = Shell.on_new(tmp_path / "it's a platform")
    name = shell.backup()
    elsewhere = tmp_path / "other's vault"
    elsewhere.mkdir()
    kept = Path(shutil.move(Path(shell.settings.vault) / name, elsewhere))
    told = shell.type("adopt", str(kept))
    assert told.exit == 4
    assert shell_line(told.remedy.partition("Copy it into the vault: ")[2]) == 0
    assert [one.id for one in Vault(Path(shell.settings.vault)).sets()] == [name]
    half = kept.rename(kept.with_name(f"{name}.partial"))
    told = shell.type("adopt", str(half))
    assert told.exit == 4 and told.remedy.startswith("Take a new backup: pryv-tui ")
    (backup,) = commands_in(told.remedy + ".")
    assert backup.endswith(" backup")
    shell.backup()
