"""What is found in a folder that was backed up by hand, and what is refused, with a reason."""

from __future__ import annotations

import errno
import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import bson
import msgspec
import pytest

from pryv_tui.errors import PryvTuiError
from pryv_tui.hosts.deployment import Deployment
from pryv_tui.operations.adopting.folder import AdoptChoices, Found, look
from pryv_tui.operations.plans.adopt import adopt_plan, adopted_id
from pryv_tui.operations.steps.taking import adopt_set
from pryv_tui.operations.steps.taking.adopt_copy import copy_part
from pryv_tui.operations.steps.taking.adopt_set import CopyAdopted
from tests.operations.kit import DOMAIN, context, host_state, platform_of
from tests.vault.trees import seen

CORE = ("pryv/core/conf", "pryv/mongodb/conf", "pryv/influxdb/conf", "pryv/nginx/conf")
REGISTER = ("pryv/register/conf", "pryv/redis/data", "config-leader/conf")
STATIC = ("pryv/app-web-auth3", "pryv/nginx/conf")
COMPOSE = """
services:
  core:
    container_name: pryvio_core
    image: "pryvio/core:1.8.3"
    environment: !reset {}
"""


def write(path: Path, content: bytes = b"x") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def root(folder: Path, *tops: str) -> Path:
    for top in tops:
        write(folder / top / "file")
    return folder


def mongo_dump(folder: Path) -> Path:
    write(folder / "pryv-node/events.bson", bson.encode({"_id": 1}))
    write(folder / "pryv-node/events.metadata.json", b"{}")
    return folder


def influx_dump(folder: Path, stamp: str = "20261123T014520Z") -> Path:
    content = {"meta": {"fileName": f"{stamp}.meta", "size": 1}, "limited": False, "files": None}
    write(folder / f"{stamp}.manifest", json.dumps(content).encode())
    write(folder / f"{stamp}.meta")
    return folder


def core(folder: Path) -> Path:
    root(folder, *CORE)
    mongo_dump(folder / "pryv/mongodb/backup")
    influx_dump(folder / "pryv/influxdb/backup")
    return folder


def single(folder: Path) -> Path:
    return root(core(folder), *REGISTER, *STATIC)


def cluster(*roles: str) -> Deployment:
    return platform_of(*(host_state(f"m-{r}", r, root=f"/var/{r}") for r in roles))  # type: ignore[arg-type]


def found_in(
    folder: Path, deployment: Deployment | None = None, vault: Path | None = None, **said: object
) -> Found:
    choices = msgspec.convert({"folder": str(folder), **said}, AdoptChoices)
    return look(choices, deployment or platform_of(), vault or folder.parent / "the-vault")


def refusal(folder: Path, deployment: Deployment | None = None, **said: object) -> str:
    before = seen(folder.parent)
    with pytest.raises(PryvTuiError) as caught:
        found_in(folder, deployment, **said)  # type: ignore[arg-type]
    assert caught.value.name == "refused"
    assert "nothing was changed" in caught.value.what
    assert seen(folder.parent) == before
    assert caught.value.remedy
    return f"{caught.value.what} | {caught.value.remedy}"


class TestForms:
    def test_one_root_with_the_dumps_inside(self, tmp_path: Path) -> None:
        found = found_in(single(tmp_path / "copy"))
        (part,) = found.parts
        assert part.roles == ("core", "register", "static-web")
        assert part.dumps["mongodb"].folder.endswith("pryv/mongodb/backup")
        assert part.root == "/var/pryv"
        assert found.domain == DOMAIN

    def test_roots_beside_each_other_under_any_names(self, tmp_path: Path) -> None:
        core(tmp_path / "all/co1")
        root(tmp_path / "all/reg/var/pryv", *REGISTER)
        root(tmp_path / "all/x y", *STATIC)
        found = found_in(tmp_path / "all", cluster("core", "register", "static-web"))
        assert [(p.name, p.roles) for p in found.parts] == [
            ("m-core", ("core",)),
            ("m-register", ("register",)),
            ("m-static-web", ("static-web",)),
        ]
        assert [p.root for p in found.parts] == ["/var/core", "/var/register", "/var/static-web"]

    def test_a_root_copied_into_a_folder_called_as_itself(self, tmp_path: Path) -> None:
        single(tmp_path / "backup/pryv")
        assert found_in(tmp_path / "backup").parts[0].copy == str(tmp_path / "backup/pryv")

    def test_dumps_in_folders_of_their_own(self, tmp_path: Path) -> None:
        root(tmp_path / "all/core", *CORE)
        mongo_dump(tmp_path / "all/dumps/mongo of sunday")
        influx_dump(tmp_path / "all/dumps/influx")
        (part,) = found_in(tmp_path / "all").parts
        assert part.dumps["mongodb"].folder.endswith("mongo of sunday")
        assert part.dumps["influxdb"].folder.endswith("influx")

    def test_dumps_elsewhere_as_they_are_named(self, tmp_path: Path) -> None:
        root(tmp_path / "core", *CORE)
        mongo_dump(tmp_path / "m")
        influx_dump(tmp_path / "i")
        dumps = {"mongodb": str(tmp_path / "m/pryv-node"), "influxdb": str(tmp_path / "i")}
        (part,) = found_in(tmp_path / "core", dumps=dumps).parts
        assert part.dumps["mongodb"].folder == str(tmp_path / "m")
        assert part.dumps["mongodb"].only == ("pryv-node",)

    def test_a_cluster_core_of_old_has_its_dump_in_another_place(self, tmp_path: Path) -> None:
        copy = root(tmp_path / "core", *CORE)
        shutil.rmtree(copy / "pryv/mongodb")
        mongo_dump(copy / "pryv/core/mongodb/backup")
        influx_dump(copy / "pryv/influxdb/backup")
        (part,) = found_in(copy).parts
        assert part.layout.stores["mongodb"].dump == "pryv/core/mongodb/backup"
        assert part.layout.stores["mongodb"].data == "pryv/core/mongodb/data"

    def test_what_ran_is_read_from_the_compose_files_tags_or_not(self, tmp_path: Path) -> None:
        copy = single(tmp_path / "copy")
        write(copy / "pryv/pryv.yml", COMPOSE.encode())
        (part,) = found_in(copy).parts
        assert [image.container for image in part.images] == ["pryvio_core"]
        assert part.release == "1.8.3"

    def test_without_one_the_roles_containers_are_taken(self, tmp_path: Path) -> None:
        (part,) = found_in(core(tmp_path / "copy")).parts
        assert "pryvio_mongodb" in {image.container for image in part.images}

    def test_of_several_influxdb_backups_the_newest(self, tmp_path: Path) -> None:
        copy = core(tmp_path / "copy")
        influx_dump(copy / "pryv/influxdb/backup", "20261124T014520Z")
        (part,) = found_in(copy).parts
        assert part.dumps["influxdb"].only == ("20261124T014520Z.manifest", "20261124T014520Z.meta")
        assert any("20261123T014520Z.manifest" in note for note in part.notes)

    def test_data_files_are_left_out_and_that_is_said(self, tmp_path: Path) -> None:
        copy = core(tmp_path / "copy")
        write(copy / "pryv/mongodb/data/WiredTiger")
        (part,) = found_in(copy).parts
        assert any(note.startswith("pryv/mongodb/data: left out") for note in part.notes)


class TestRefused:
    def test_nothing_in_it(self, tmp_path: Path) -> None:
        (tmp_path / "odd").mkdir()
        assert "no copy of a root" in refusal(tmp_path / "odd")

    @pytest.mark.parametrize("name", ["missing", "file"])
    def test_no_folder(self, tmp_path: Path, name: str) -> None:
        write(tmp_path / "file")
        assert "can't be read" in refusal(tmp_path / name)

    @pytest.mark.parametrize("text", ["", " ", "relative/path"])
    def test_no_path(self, text: str) -> None:
        with pytest.raises(PryvTuiError, match="not an absolute path"):
            look(AdoptChoices(folder=text), platform_of(), Path("/vault"))

    def test_a_set_of_ours(self, tmp_path: Path) -> None:
        write(single(tmp_path / "copy") / "set.json")
        assert "cp -a" in refusal(tmp_path / "copy")

    @pytest.mark.parametrize("inside", ["", "pryv"])
    def test_the_live_root_or_a_part_of_it(self, tmp_path: Path, inside: str) -> None:
        live = single(tmp_path / "root")
        deployment = platform_of(host_state("m", "core", root=str(live)))
        assert "pryv-tui backup" in refusal(live / inside, deployment)

    def test_a_folder_that_holds_the_live_root(self, tmp_path: Path) -> None:
        live = single(tmp_path / "all/root")
        deployment = platform_of(host_state("m", "core", root=str(live)))
        assert "holds the root" in refusal(tmp_path / "all", deployment)

    @pytest.mark.parametrize("form", ["inside", "around", "through a link"])
    def test_the_vault(self, tmp_path: Path, form: str) -> None:
        copy = single(tmp_path / "vault/copy")
        folder = {"inside": copy, "around": tmp_path, "through a link": tmp_path / "link"}[form]
        (tmp_path / "link").symlink_to(copy)
        with pytest.raises(PryvTuiError, match="the vault"):
            found_in(folder, vault=tmp_path / "vault")

    @pytest.mark.parametrize("path", ["pryv", "pryv/mongodb/backup", "pryv/mongodb"])
    def test_what_lies_behind_a_link_was_not_copied(self, tmp_path: Path, path: str) -> None:
        copy = core(tmp_path / "copy")
        shutil.move(copy / path, tmp_path / "elsewhere")
        (copy / path).symlink_to(tmp_path / "elsewhere")
        assert "no copy of a root" in (text := refusal(copy)) or "no dump of mongodb" in text

    def test_no_dump_though_the_data_files_are_there(self, tmp_path: Path) -> None:
        copy = core(tmp_path / "copy")
        shutil.rmtree(copy / "pryv/mongodb/backup")
        write(copy / "pryv/mongodb/data/WiredTiger")
        text = refusal(copy)
        assert "no dump of mongodb" in text
        assert "can't be used" in text
        assert "--dump mongodb=FOLDER" in text

    def test_influxdb_may_be_left_out_when_that_is_said(self, tmp_path: Path) -> None:
        copy = core(tmp_path / "copy")
        shutil.rmtree(copy / "pryv/influxdb/backup")
        assert "--without influxdb" in refusal(copy)
        found = found_in(copy, without=["influxdb"])
        assert "influxdb" not in found.parts[0].dumps
        assert any("influxdb" in line for line in found.unknown)

    def test_two_dumps(self, tmp_path: Path) -> None:
        copy = core(tmp_path / "copy")
        mongo_dump(copy / "pryv/mongodb/backup/older")
        text = refusal(copy)
        assert "2 dumps of mongodb" in text
        said = text.rsplit("--dump mongodb=", 1)[1]
        assert found_in(copy, dumps={"mongodb": said}).parts, "the remedy works"

    def test_files_of_two_dumps_in_one_folder(self, tmp_path: Path) -> None:
        copy = core(tmp_path / "copy")
        write(copy / "pryv/mongodb/backup/pryv-node/streams.bson.gz")
        assert "two dumps" in refusal(copy)

    def test_a_register_without_its_accounts(self, tmp_path: Path) -> None:
        copy = single(tmp_path / "copy")
        shutil.rmtree(copy / "pryv/redis")
        assert "no data of Redis" in refusal(copy)

    def test_a_role_twice(self, tmp_path: Path) -> None:
        root(tmp_path / "all/sunday", *REGISTER)
        root(tmp_path / "all/monday", *REGISTER)
        assert "register is there twice" in refusal(tmp_path / "all")

    def test_folders_of_no_role(self, tmp_path: Path) -> None:
        said = "is not a complete copy of a role's root: it has neither"
        copy = root(tmp_path / "copy", "pryv/nginx/conf", "pryv/core/data")
        assert f"{copy} {said}" in refusal(copy)
        root(copy, "pryv/core/conf")
        assert said not in (text := refusal(copy)) and f"{copy} holds core" in text

    def test_several_cores(self, tmp_path: Path) -> None:
        core(tmp_path / "all/co1")
        root(tmp_path / "all/co2", *CORE)
        assert "several cores" in refusal(tmp_path / "all")

    @pytest.mark.parametrize("name", ["../../etc/passwd", "/etc/passwd", "", ".."])
    def test_a_manifest_that_names_what_lies_elsewhere(self, tmp_path: Path, name: str) -> None:
        copy = core(tmp_path / "copy")
        path = copy / "pryv/influxdb/backup/20261123T014520Z.manifest"
        write(path, json.dumps({"meta": {"fileName": name, "size": 1}, "files": None}).encode())
        assert "not a file beside it" in refusal(copy)

    def test_a_manifest_that_is_none(self, tmp_path: Path) -> None:
        copy = core(tmp_path / "copy")
        write(copy / "pryv/influxdb/backup/20261123T014520Z.manifest", b"{")
        assert "is not the manifest" in refusal(copy)

    def test_several_platforms(self, tmp_path: Path) -> None:
        for name in ("a", "b"):
            tops = CORE if name == "a" else STATIC
            copy = root(tmp_path / "all" / name, *tops)
            conf = f"server_name reg.{name}.example;"
            write(copy / "pryv/nginx/conf/site.conf", conf.encode())
        mongo_dump(tmp_path / "all/m")
        influx_dump(tmp_path / "all/i")
        text = refusal(tmp_path / "all")
        assert "a.example, b.example" in text
        assert found_in(tmp_path / "all", domain="a.example").domain == "a.example"

    def test_a_platform_whose_name_can_not_be_said(self, tmp_path: Path) -> None:
        assert "can't be the name" in refusal(core(tmp_path / "copy"), domain="a\x1b[2Jb")

    @pytest.mark.parametrize("taken", ["yesterday", "2026-01-01T00:00:00", "2999-01-01T00:00:00Z"])
    def test_a_time_that_is_none(self, tmp_path: Path, taken: str) -> None:
        copy = core(tmp_path / "copy")
        with pytest.raises(PryvTuiError) as caught:
            found_in(copy, taken=taken)
        assert caught.value.name == "usage"


class TestTime:
    def test_by_the_newest_dump(self, tmp_path: Path) -> None:
        copy = core(tmp_path / "copy")
        for path in (copy / "pryv/mongodb/backup/pryv-node").iterdir():
            os.utime(path, (1_700_000_000, 1_700_000_000))
        assert found_in(copy).taken == "2026-11-23T01:45:20+00:00"

    def test_never_in_the_future(self, tmp_path: Path) -> None:
        copy = root(tmp_path / "copy", *REGISTER)
        for path in copy.rglob("*"):
            os.utime(path, (32_000_000_000, 32_000_000_000))
        assert found_in(copy).taken < "2900"

    def test_the_id_is_of_that_time(self) -> None:
        taken = "2025-01-02T03:04:05+00:00"
        assert adopted_id(taken, "", ()) == "20250102T030405Z-adopted"
        assert adopted_id(taken, "", {"20250102T030405Z-adopted"}) == "20250102T030405Z-adopted-2"


def test_the_plan_says_what_is_not_known_and_touches_nothing(tmp_path: Path) -> None:
    plan = adopt_plan(found_in(single(tmp_path / "copy")), vault="/vault", set_id="ID")
    assert not any(step.destructive for step in plan.steps)
    assert any("gap" in line for line in plan.notice)
    assert any("stays as it is" in line for line in plan.effects)
    assert all(str(tmp_path) in line or "/vault" in line for s in plan.steps for line in s.command
               if line != "sync")  # fmt: skip


@pytest.mark.parametrize(
    ("link", "store"),
    [
        ("pryv/mongodb", "mongodb"),
        ("pryv/mongodb/backup", "mongodb"),
        ("pryv/influxdb", "influxdb"),
        ("pryv/redis", "redis"),
        ("pryv/redis/data", "redis"),
    ],
)
def test_a_link_to_where_a_dump_would_go_is_a_refusal(
    tmp_path: Path, link: str, store: str
) -> None:
    """Whoever made the copy would have root write where it leads, and give that away."""
    copy, away = single(tmp_path / "all/it's a copy"), tmp_path / "away"
    mongo_dump(tmp_path / "all/dumps/mongodb")
    influx_dump(tmp_path / "all/dumps/influxdb")
    for dumped in ("mongodb", "influxdb"):
        shutil.rmtree(copy / "pryv" / dumped / "backup")
        (copy / "pryv" / dumped / "backup").mkdir()
    (copy / link).rename(away)
    (copy / link).symlink_to(away)
    before = sorted(away.rglob("*"))
    told = refusal(tmp_path / "all")
    assert f"{copy / link} is a link" in told and store in told
    (words,) = re.findall(r"Remove the link: (rm .*?);", told)
    subprocess.run(words, shell=True, check=True)
    shutil.copytree(away, copy / link)
    assert found_in(tmp_path / "all").roles == ("core", "register", "static-web")
    assert sorted(away.rglob("*")) == before


def test_nothing_was_changed_is_not_said_once_something_was_copied(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (part,) = found_in(single(tmp_path / "copy")).parts
    step = CopyAdopted(id="copy", host="m", part=part, destination=str(tmp_path / "set"))
    ctx, _heard = context(tmp_path)

    def fail(*given: object) -> None:
        copy_part(*given)  # type: ignore[arg-type]
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(adopt_set, "copy_part", fail)
    with pytest.raises(PryvTuiError, match="Input/output error") as caught:
        step.perform(ctx)
    assert any((tmp_path / "set").rglob("*"))
    assert "nothing was changed" not in caught.value.what


def test_nor_is_it_written_to_where_it_came_meanwhile(tmp_path: Path) -> None:
    copy, away = tmp_path / "set/files", tmp_path / "away"
    for folder in (copy / "pryv", away):
        folder.mkdir(parents=True)
    (copy / "pryv/mongodb").symlink_to(away)
    (part,) = found_in(single(tmp_path / "copy")).parts
    step = CopyAdopted(id="copy", host="m", part=part, destination=str(tmp_path / "set"))
    ctx, _heard = context(tmp_path)
    with pytest.raises(OSError, match="a link"):
        step._dump(ctx, tmp_path / "set", copy / "pryv/mongodb/backup", part.dumps["mongodb"])
    assert list(away.iterdir()) == []
