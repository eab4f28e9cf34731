"""Why something is left out, ended or refused: each reason where it holds, and where it does
not."""

from __future__ import annotations

import os
import shlex
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import pytest

from pryv_tui.errors import PryvTuiError
from pryv_tui.filesystem.mounts import Below
from pryv_tui.hosts.sandbox.making import Limits, Wanted
from pryv_tui.operations.adopting.dumps import refuse_links
from pryv_tui.operations.comparing.amounts import Amount, of_names, unknown
from pryv_tui.operations.comparing.model import Comparison, Outcome
from pryv_tui.operations.comparing.words import lines_of
from pryv_tui.operations.containers import ending
from pryv_tui.operations.containers.ending import RoomWatch
from pryv_tui.operations.drilling.clearing import clear_left
from pryv_tui.operations.drilling.places import CONTENT, FOLDER, WORD, Kept, keep
from pryv_tui.operations.drilling.spec import Declared, left_off, services_in
from pryv_tui.operations.kinds.drill import Drill
from pryv_tui.operations.plan import Plan
from pryv_tui.operations.plans.drill import drill_plan
from pryv_tui.operations.steps.drilling.bring_up import Ask, BringUp
from pryv_tui.operations.steps.drilling.build_sandbox import BuildSandbox
from pryv_tui.operations.steps.drilling.rehearsal import note_check
from pryv_tui.operations.stores import STORES
from pryv_tui.platform.disks import Disk
from pryv_tui.vault.copying.tree import copy_tree
from tests.claims.test_of_sandboxes import StillMaker
from tests.hosts.machines import StillHost, machine
from tests.operations.guards.test_room import MIB, disk, dumping
from tests.operations.kit import context, manifest_of, part, set_of

# --- adopting, comparing --------------------------------------------------------------------------


@pytest.mark.parametrize("where", ["", "pryv", "pryv/redis", "pryv/redis/data", "pryv/core"])
def test_that_a_set_would_hold_a_link_alone_is_said_of_one_on_the_way_to_a_store(
    tmp_path: Path, where: str
) -> None:
    """As it is where it is copied: what the link leads to is not there."""
    folder = tmp_path / "copy"
    (folder / "pryv/core").mkdir(parents=True)
    (folder / "pryv/redis/data").mkdir(parents=True)
    (folder / "pryv/redis/data/dump.rdb").write_text("accounts")
    if where:
        (folder / where).rename(tmp_path / "elsewhere")
        (folder / where).symlink_to(tmp_path / "elsewhere")
    said = ""
    try:
        refuse_links(folder, {"redis": "pryv/redis/data"})
    except PryvTuiError as error:
        said = error.what
    told = f"{folder / where} is a link: the set would hold only the link, and no data of redis"
    assert (told in said) is (said != "") is (where not in ("", "pryv/core"))
    copy_tree(folder, tmp_path / "set")
    held = [name for _at, _folders, names in os.walk(tmp_path / "set") for name in names]
    assert ("dump.rdb" in held) is (said == "")


@pytest.mark.parametrize(
    ("gone", "said"),
    [
        (of_names("ab"), True),
        (of_names("a", why="torn"), True),
        (of_names(()), False),
        (of_names((), why="torn"), False),
        (unknown("torn"), False),
    ],
)
def test_who_had_an_account_begins_with_nothing_where_neither_would_know_it(
    gone: Amount, said: bool
) -> None:
    nobody = of_names(())
    stranded = Outcome(roles=("core",), chosen=True, gone=nobody, stranded=of_names("ab"),
                       exposed=nobody)  # fmt: skip
    words = "Their owners can sign up again, but start with no data."
    for outcome, told in ((stranded, False), (msgspec.structs.replace(stranded, gone=gone), said)):
        lines = [one.text for one in lines_of(Comparison(set_id="s", outcomes=(outcome,)))]
        assert (words in lines) is told
        assert any("neither would know" in line for line in lines) is told


# --- a disk that would have been full -------------------------------------------------------------


class Files(NamedTuple):
    f_files: int = 1_000_000
    f_favail: int = 1_000_000


@pytest.mark.parametrize("few", ["files", "bytes"])
@pytest.mark.parametrize(
    ("apart", "shared"),
    [
        ((), True),
        (("pryv/mongodb/backup",), False),
        (("pryv/mongodb/backup", "pryv/influxdb/backup"), False),
        (("pryv/mongodb/backup", "pryv/core/data"), True),
        (("pryv/mongodb", "pryv/mongodb/backup"), True),
    ],
)
def test_that_the_platform_writes_there_too_is_not_said_of_a_disk_for_dumps_alone(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    few: str,
    apart: tuple[str, ...],
    shared: bool,
) -> None:
    """Of a disk that dumps share with other folders of the platform, it is."""
    free = [1000 * MIB]
    disk(monkeypatch, lambda: free[0] if few == "bytes" else 1 << 40)
    ctx, _engine = dumping(tmp_path, free)
    root = tmp_path / "root"
    monkeypatch.setattr(
        os,
        "statvfs",
        lambda _: Files(f_favail=9 if few == "files" and free[0] < 900 * MIB else 9999),
    )
    (state,) = ctx.deployment.hosts
    mounted = Below(disks=(Disk(path="."), *(Disk(path=path) for path in apart)))
    state = msgspec.structs.replace(state, mounted=mounted)
    ctx.deployment = msgspec.structs.replace(ctx.deployment, hosts=(state,))
    there = {root / path for path in apart}
    monkeypatch.setattr(ending, "_device", lambda folder: int(folder in there))
    with pytest.raises(PryvTuiError) as caught:
        STORES["mongodb"].dump(ctx, "core")
    said = caught.value.what
    assert said.startswith("mongodump was ended in time: only ")
    assert ("could still be made" in said) is (few == "files")
    makes = "the platform makes files on the same disk; its databases stop when no more can be made"
    assert (makes in said) is (few == "files" and shared)
    assert ("its databases stop when it is full" in said) is (few == "bytes" and shared)
    assert ("the platform" in said) is shared


def test_files_are_said_to_be_few_only_where_they_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk(monkeypatch, lambda: MIB)
    watch = RoomWatch(tmp_path, every=0.0)
    assert watch.is_set()
    said = watch.error("the copy").what
    assert "only 1.0 MiB were free" in said
    assert "could still be made" not in said


# --- what a drill leaves out ----------------------------------------------------------------------


@pytest.mark.parametrize("kept_on", ["h", "other", ""])
@pytest.mark.parametrize("makes", [True, False])
def test_a_machine_is_none_of_this_platforms_only_where_none_has_its_name(
    tmp_path: Path, kept_on: str, makes: bool
) -> None:
    """One that can't be looked at is there all the same."""
    host: Any = StillHost("h", machine("core"))
    host.maker = GoneMaker() if makes else None
    ctx, _heard = context(tmp_path, host)
    folder = ctx.site.state / FOLDER / "d1" / CONTENT
    kept = Kept(drill="d1", folder=str(folder), host=kept_on, made="x", expires="x")
    keep(ctx.site.state, kept).leave()
    # Who made it is dead.
    folder.with_name(WORD).write_bytes(msgspec.json.encode(kept))
    (cleared,) = clear_left(ctx.site, patience=0.0)
    said = f"the machine {kept_on} is not part of this platform"
    assert (said in cleared.words) is (kept_on == "other")
    assert ("the sandboxes on h can't be checked" in cleared.words) is (
        kept_on != "other" and not makes
    )
    assert (cleared.problem == "") is (kept_on != "other" and makes)


class GoneMaker(StillMaker):
    """An engine on which nothing of a drill is left."""

    def made(self) -> list[Any]:
        return []

    def made_networks(self) -> list[Any]:
        return []


DATA = ("mongodb", "influxdb", "redis")
SERVES = ("register", "core", "core_router", "hfs")
NOT_SERVING = ("preview", "webhooks", "mail", "dns", "grafana")


@pytest.mark.parametrize("roles", [("core",), ("register",), ("static-web",)])
@pytest.mark.parametrize("stores", [DATA, ("mongodb",), ()])
def test_why_a_service_is_left_off_is_so_of_that_service(
    roles: tuple[Any, ...], stores: tuple[str, ...]
) -> None:
    """A database of which the set holds nothing, and core of a machine of which it holds the pages
    alone, serve the platform's data all the same."""
    one = part("h", *roles, stores={name: {} for name in stores})
    declared = {each: Declared("", (), {}) for each in (*DATA, *SERVES, *NOT_SERVING, "nginx")}
    told = left_off(declared, services_in(one, declared, applications=True))
    for service in DATA:
        assert (told.get(service) == "the set holds no data of it") is (service not in stores)
    for service in (*SERVES, "nginx"):
        assert (told.get(service) == "the set holds neither core nor register of its machine") is (
            roles == ("static-web",)
        )
    assert told["grafana"] == "it is no service of Pryv.io that this program knows"
    assert told["preview"] == "pictures' previews are made again"
    assert "data is served by" not in repr(told)
    behind = "none of the services that serve the platform's data on its machine needs it"
    assert behind not in told.values()
    bare = {each: Declared("", (), {}) for each in ("nginx", "app_web_auth3")}
    assert (left_off(bare, ())["nginx"] == behind) is True


COMPOSE = """
services:
{services}
"""


@pytest.mark.parametrize("lacks", ["", "mongodb", "core", "nginx"])
def test_an_image_that_is_not_here_is_not_pulled_and_why_it_lacks_is_told_once(
    tmp_path: Path, lacks: str
) -> None:
    """Of core that can't be made nobody says that nothing is served by it."""
    host: Any = StillHost("core", machine("core"))
    asked: list[str] = []

    class Maker(StillMaker):
        """Of whom a pull can't be asked."""

        def image(self, *names: str) -> str:
            asked.extend(names)
            return "" if lacks and any(f"/{lacks}:" in name for name in names) else names[0]

    host.maker = Maker()
    ctx, _heard = context(tmp_path, host)
    one = part("core", "core", root="/var/pryv")
    backup = set_of(manifest_of(one, practice=True), str(tmp_path / "vault"))
    files = tmp_path / "vault" / backup.id / "core/files/pryv"
    files.mkdir(parents=True)
    declared = [
        f"  {image.container}:\n    container_name: {image.container}\n    image: {image.image}"
        for image in one.images
    ]
    (files / "pryv.yml").write_text(COMPOSE.format(services="\n".join(declared)))
    plan = drill_plan(ctx.site, ctx.deployment, backup, drill="d1", depth="services")
    (build,) = [step for step in plan.steps if isinstance(step, BuildSandbox)]
    off = {service for service, _machine, _why in build.left_off}
    assert asked and not off & {*DATA, "core", "nginx", "hfs"}
    told = "\n".join(repr(step) for step in plan.steps)
    said = f"its image {shlex.quote(f'pryvio/{lacks}')}"
    assert ("is not on this machine, and none is pulled" in told) is bool(lacks)
    assert (said in told) is bool(lacks)


def brought_up(service: str, host: str, *, asks: bool, started: bool = False) -> BringUp:
    wanted = Wanted(name=service, drill="d1", expires="", host=host, service=service, image="i",
                    folder="/s", limits=Limits(memory=1, cpus=1, pids=1))  # fmt: skip
    asked = (Ask("https://x/"),) if asks else ()
    return BringUp(host=host, wanted=wanted, asks=asked, started=started)


@pytest.mark.parametrize(
    ("silent", "told"),
    [
        ((), "register, nginx, core were brought up on it and asked from inside."),
        (("core of co2",), "not asked from inside: core."),
        (("register of co1",), "not asked from inside: register."),
        (("core of co1", "core of co2", "nginx of co1", "register of co1"),
         "not asked from inside: register, nginx, core."),
    ],
)  # fmt: skip
def test_that_services_were_asked_from_inside_is_said_where_each_of_them_was(
    tmp_path: Path, silent: tuple[str, ...], told: str
) -> None:
    """A sandbox without a program that could ask is brought up, and not asked."""
    steps = [
        brought_up("register", "co1", asks=False),
        brought_up("nginx", "co1", asks=True),
        brought_up("register", "co1", asks=True, started=True),
        brought_up("core", "co1", asks=True),
        brought_up("core", "co2", asks=True),
    ]
    ctx, _heard = context(tmp_path)
    for step in steps:
        if step.asks:
            lacks = step.check[1] in silent
            note_check(ctx, *step.check, "could not verify" if lacks else "passed")
    plan = Plan(kind="drill", roles=(), steps=(*steps,), domain="d", set_id="S")
    said = Drill.done(plan, ctx)
    assert told in said
    assert ("were brought up on it and asked from inside" in said) is (silent == ())
    bare = Drill.done(msgspec.structs.replace(plan, steps=()), ctx)
    assert "The databases were started alone" in bare and "brought up" not in bare
