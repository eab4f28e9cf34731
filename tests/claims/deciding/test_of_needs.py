"""What checks say of what a run needs and of what is in its way: where it is so, and where not."""

from __future__ import annotations

import os
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest

from pryv_tui.formats.redis_conf import Form
from pryv_tui.hosts.deployment import HostState
from pryv_tui.hosts.discovery import discover
from pryv_tui.hosts.engine import ContainerState, Mount
from pryv_tui.operations.guards import backup, place
from pryv_tui.operations.guards import redis as redis_guards
from pryv_tui.operations.guards.containers import containers_guard, others_guard
from pryv_tui.operations.guards.links import links_guard
from pryv_tui.operations.guards.redis import redis_guard
from pryv_tui.operations.guards.restore import restore_guards
from pryv_tui.operations.overview.attention import host_attention
from pryv_tui.operations.plans.backup import backup_plan
from pryv_tui.operations.sets.targets import targets_for
from pryv_tui.operations.steps.sets import fetch_set
from pryv_tui.operations.steps.sets.fetch_set import FetchSet
from pryv_tui.operations.stores.room import DumpSize
from pryv_tui.vault.copying.tree import copy_tree
from tests.hosts.machines import StillHost, container, machine
from tests.operations.guards.guarded import core_on, root_in
from tests.operations.guards.test_room import MIB
from tests.operations.kit import context, deployed, host_state, manifest_of, part, set_of

# --- containers of others -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("folder", "read_only", "state", "said"),
    [
        ("pryv/mongodb/data", False, "running", True),
        ("pryv/influxdb/data/wal", False, "paused", True),
        ("pryv/mongodb/data", True, "running", False),
        ("pryv/mongodb/data", False, "exited", False),
        ("pryv/mail/conf", False, "running", False),
    ],
)
def test_that_one_may_write_into_a_database_is_said_of_what_can_and_runs(
    tmp_path: Path, folder: str, read_only: bool, state: ContainerState, said: bool
) -> None:
    root = root_in(tmp_path)
    mount = Mount(source=f"{root}/{folder}", destination="/data", read_only=read_only)
    mine = machine("core", root=str(root))
    alien = msgspec.structs.replace(
        container("x", state=state), name="files", image="files:1", mounts=(mount,)
    )
    (found,) = discover([StillHost("core", [*mine, alien], root=root)]).hosts
    line = others_guard(found)
    may = "not part of the platform, and may write into a database's own files: files "
    assert line.text.startswith(may) is (line.outcome == "warning") is said
    assert line.text.startswith("not part of the platform: files ") is not said
    assert not any(one.name in line.text for one in mine)
    # Of a machine on which there are the platform's alone, it is said of nobody.
    (bare,) = discover([StillHost("core", mine, root=root)]).hosts
    assert "not part of the platform" not in others_guard(bare).text


# --- databases of a lost role ---------------------------------------------------------------------

RESTORE = "pryv-tui restore SET --role"


def one_machine(
    root: Path, down: tuple[str, ...], *, bare: str, files: tuple[str, ...]
) -> HostState:
    """A machine with core and register of which one is bare; some databases are down."""
    for role in {"core", "register"} - {bare}:
        (root / f"pryv/{role}/conf").mkdir(parents=True)
        (root / f"pryv/{role}/conf/x.yml").write_text("x")
    for store in files:
        (root / f"pryv/{store}/data").mkdir(parents=True)
        (root / f"pryv/{store}/data/its-own").write_text("x")
    services = ("core", "mongodb", "influxdb", "register", "redis")
    found = tuple(
        container(each, root=str(root), state="exited" if each in down else "running")
        for each in services
    )
    return msgspec.structs.replace(
        host_state("single", "core", "register", root=str(root)), containers=found
    )


@pytest.mark.parametrize(
    ("bare", "down", "files", "start"),
    [
        # All of it is gone.
        (
            "core",
            ("mongodb", "influxdb"),
            ("redis",),
            "Don't start them: they would start with no data. ",
        ),
        ("register", ("redis",), ("mongodb",), "Don't start them: they would start with no data. "),
        # A database whose files are there begins with them.
        ("core", ("mongodb", "influxdb"), ("mongodb",), "Don't start them. "),
        ("register", ("redis",), ("redis",), "Don't start them. "),
        # What is down is of the other role, or one is.
        ("register", ("mongodb",), ("mongodb",), "Start them, then try again: "),
        ("register", ("mongodb",), (), "Start them, then try again: "),
        (
            "register",
            ("mongodb", "redis"),
            ("mongodb",),
            "Don't start pryvio_redis: it would start with no data. ",
        ),
    ],
)
def test_that_databases_would_begin_with_nothing_is_said_of_those_without_a_file_of_a_lost_role(
    tmp_path: Path, bare: str, down: tuple[str, ...], files: tuple[str, ...], start: str
) -> None:
    state = one_machine(tmp_path, down, bare=bare, files=files)
    line = containers_guard(state, {bare: f"{RESTORE} {bare}"})
    assert line.outcome == "failed" and line.remedy.startswith(start)
    assert ("would start with no data" in line.remedy) is ("start with no data" in start)
    assert (f"Bring {bare} back: {RESTORE} {bare}" in line.remedy) is ("Don't" in start)
    for store in ("mongodb", "influxdb", "redis"):
        of_lost = (store == "redis") is (bare == "register")
        if store in down and of_lost:
            assert f"containers start pryvio_{store}" not in line.remedy
        elif store in down:
            assert f"Don't start pryvio_{store}" not in line.remedy


@pytest.mark.parametrize("files", [(), ("mongodb",), ("influxdb",), ("redis",)])
@pytest.mark.parametrize("how", ["all of it", "one database"])
def test_that_they_would_begin_with_nothing_is_not_said_where_a_database_has_its_files(
    tmp_path: Path, files: tuple[str, ...], how: str
) -> None:
    down = ("core", "mongodb", "influxdb") if how == "all of it" else ("mongodb",)
    state = one_machine(tmp_path, down, bare="core", files=files)
    (item,) = host_attention(state, "pryv.example", (), {})
    if how == "all of it":
        empty = not {*files} & {"mongodb", "influxdb"}
        assert "Don't start its containers before that" in item.remedy
        assert ("before that: they would start with no data." in item.remedy) is empty
    else:
        empty = "mongodb" not in files
        assert "The files of core are missing" in item.remedy
        assert ("it would start with no data" in item.remedy) is empty
    assert ("start with no data" in item.remedy) is empty
    assert "Restore a set that holds core" in item.remedy


# --- links ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("where", ["pryv/mongodb/backup", "pryv/mongodb", "pryv/core", ""])
@pytest.mark.parametrize("leads", ["out of the root", "within the root"])
def test_that_a_set_would_hold_no_data_of_a_store_is_said_of_a_link_that_leads_out(
    tmp_path: Path, where: str, leads: str
) -> None:
    """As it is where the root is copied."""
    root = root_in(tmp_path)
    (root / "pryv/mongodb/backup").mkdir(parents=True)
    (root / "pryv/mongodb/backup/events.bson").write_text("x")
    if where:
        within = leads == "within the root"
        real = root / "elsewhere" if within else tmp_path / "elsewhere"
        (root / where).rename(real)
        (root / where).symlink_to(real)
    lines = links_guard(core_on(root))
    told = " ".join(line.text for line in lines)
    assert (lines != []) is (where.startswith("pryv/mongodb"))
    assert ("; a set would hold the link, and no data of mongodb" in told) is (
        lines != [] and leads == "out of the root"
    )
    assert ("; a set would hold the link, which no check of it follows" in told) is (
        lines != [] and leads == "within the root"
    )
    copy_tree(root, tmp_path / "set")
    held = any("events.bson" in names for _at, _folders, names in os.walk(tmp_path / "set"))
    assert held is ("no data of mongodb" not in told)


# --- room -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("same", [True, False])
@pytest.mark.parametrize("dump", [MIB, 0])
def test_that_dumps_lie_on_the_vaults_disk_is_said_where_they_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, same: bool, dump: int
) -> None:
    root = root_in(tmp_path)
    host = StillHost("core", machine("core", root=str(root)), root=root)
    ctx, _heard = context(tmp_path, host)
    sizes = {"mongodb": DumpSize(dump, "the dump in SET")} if dump else {}
    monkeypatch.setattr(backup, "dump_sizes", lambda *_: sizes)
    monkeypatch.setattr(backup, "same_disk", lambda *_: same)
    lines = backup.backup_guards(ctx.site, ctx.deployment, ())
    (line,) = [line for line in lines if line.name == "space"]
    said = "; dumps of 1.0 MiB are on the same disk until the set is whole"
    assert (said in line.text) is ("; dumps of" in line.text) is (same and dump > 0)


def test_dumps_are_given_back_when_the_set_is_whole() -> None:
    found = deployed("core")
    made = backup_plan(found, vault="/vault", run_id="R", set_id="20260101T000000Z")
    kinds = [step.id.partition("-")[2] for step in made.steps]
    whole = next(at for at, kind in enumerate(kinds) if kind.startswith("complete"))
    back = [at for at, kind in enumerate(kinds) if kind.startswith("put-back-dump")]
    assert back and min(back) > whole


REST = ("20250101T000000Z.removing", ".fetching/20250102T000000Z")


@pytest.mark.parametrize("left", [(), REST[:1], REST[1:], REST])
@pytest.mark.parametrize("repository", ["/repo", ""])
def test_the_rest_of_an_earlier_run_is_reckoned_where_it_is_removed_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, left: tuple[str, ...], repository: str
) -> None:
    """What is told as room is room, when the set comes."""
    vault = tmp_path / "vault"
    vault.mkdir()
    for each in left:
        (vault / each).mkdir(parents=True)
        (vault / each / "x").write_bytes(os.urandom(2 * MIB))
    site: Any = SimpleNamespace(vault=SimpleNamespace(folder=vault, repository=repository))
    _free, told = place.free_for_a_set(site)
    said = (
        f"{2 * len(left)}.0 MiB of it once the remains of an earlier run are removed (done first)"
    )
    assert (said in told) is ("of it" in told) is bool(left and repository)
    if not repository:
        return
    there: list[bool] = []

    class Still:
        """A repository that has the set."""

        repository = "/repo"

        def lists(self, _snapshot: str) -> bool:
            return True

        def resolve(self, _set: str) -> Any:
            return SimpleNamespace(here=False)

        def fetch(self, *_given: Any, **_more: Any) -> Path:
            there.extend((vault / each).exists() for each in left)
            return vault

    monkeypatch.setattr(fetch_set, "repository_of", lambda _site: Still())
    ctx, heard = context(tmp_path)
    FetchSet(location="/repo", vault=str(vault), set_id="20260101T000000Z", snapshot="S",
             bytes=1).perform(ctx)  # fmt: skip
    assert there == [False] * len(left)
    assert len([text for _level, text in heard.notes if "is removed" in text]) == len(left)


# --- Redis, and what brings containers up ---------------------------------------------------------


class StillRedis:
    """A server that tells in which files it keeps what it holds."""

    def __init__(self, now: str, then: str, **told: str) -> None:
        self.told = told
        self._now, self._then = now, then

    def form(self) -> Form:
        return Form(kind=self._now, folder="")  # type: ignore[arg-type]

    def next_form(self, _now: Form) -> Form:
        return Form(kind=self._then, folder="")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("server", "said"),
    [
        (StillRedis("rdb", "rdb"), True),
        (StillRedis("aof", "aof"), False),
        (StillRedis("aof", "aof", aof_last_write_status="err"), False),
        (StillRedis("rdb", "aof"), False),
        (StillRedis("rdb", "rdb", loading="1"), False),
        (None, False),
    ],
)
def test_that_what_is_newer_than_a_snapshot_is_lost_is_said_where_there_is_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, server: Any, said: bool
) -> None:
    """Whether it takes snapshots by itself is not asked, and not said."""
    services = [container("redis", root=str(tmp_path), state="running" if server else "exited")]
    ctx, _heard = context(tmp_path, StillHost("register", services, root=tmp_path))
    monkeypatch.setattr(redis_guards, "connect", lambda *_: server)
    line = redis_guard(ctx.site, ctx.deployment.hosts[0])
    text = line.text if line is not None else ""
    words = "no append-only file: what is written after its last snapshot is lost when it is killed"
    assert (words in text) is said
    assert "snapshots alone" not in text


@pytest.mark.parametrize("missing", [(), ("mail",), ("core", "mail")])
@pytest.mark.parametrize("ran", [True, False])
@pytest.mark.parametrize("programs", [(), ("docker-compose",), ("docker",)])
def test_that_nothing_brings_containers_up_is_said_where_one_is_missing_that_ran(
    tmp_path: Path, missing: tuple[str, ...], ran: bool, programs: tuple[str, ...]
) -> None:
    root = root_in(tmp_path)
    every = machine("core", root=str(root))
    every.append(container("mail", root=str(root)))
    here = [one for one in every if one.service not in missing]
    ctx, _heard = context(tmp_path, StillHost("core", here, root=root, programs=programs))
    images = tuple(
        msgspec.structs.replace(image, running=ran)
        for image in part("core", "core", root=str(root)).images
    )
    mail = msgspec.structs.replace(images[0], container="pryvio_mail")
    one = part("core", "core", root=str(root), images=(*images, mail))
    manifest = manifest_of(one)
    kept = set_of(manifest, str(tmp_path / "vault"))
    targets = targets_for(ctx.deployment, manifest, ())
    lines = restore_guards(ctx.site, ctx.deployment, kept, targets)
    told = "\n".join(line.text for line in lines if line.outcome == "failed")
    names = ", ".join(f"pryvio_{each}" for each in sorted(missing))
    said = (
        f"containers are missing ({names}) and there is neither docker-compose nor docker compose"
        " to bring them up"
    )
    assert (
        (said in told)
        is ("neither docker-compose" in told)
        is bool(missing and ran and not programs)
    )
