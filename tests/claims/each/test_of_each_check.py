"""What checks and copies say of every hash, name and dump, where it is so and where it is not."""

from __future__ import annotations

import shutil
import tarfile
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from pryv_tui.errors import Cancelled, PryvTuiError
from pryv_tui.hosts.engine import ContainerState
from pryv_tui.hosts.sandbox.making import Made, MadeNetwork
from pryv_tui.operations.drilling.by_store import LISTS, OTHER, ByStore
from pryv_tui.operations.drilling.facts import REMOVED, Check, CheckState
from pryv_tui.operations.drilling.places import Kept
from pryv_tui.operations.kind import Progress, kind_of
from pryv_tui.operations.kind_files import kind_names
from pryv_tui.operations.sets.parent import linking_line
from pryv_tui.operations.steps.bringing_back.restore_offline import RestoreOffline
from pryv_tui.operations.steps.drilling.in_sandbox import FILES, InSandbox
from pryv_tui.operations.steps.drilling.rehearsal import note_check, rehearsal
from pryv_tui.operations.steps.drilling.remove_sandbox import RemoveSandbox
from pryv_tui.operations.steps.sets.verify_set import VerifySet
from pryv_tui.platform.layout import resolve_layout
from tests.claims.test_of_platforms import flat
from tests.claims.test_of_sandboxes import a_set
from tests.hosts.machines import StillHost, machine
from tests.operations.guards.based import Platform
from tests.operations.kit import context
from tests.operations.plans.test_restore_offline import HOLDS, REAL
from tests.operations.steps.test_bring import bring, plan
from tests.remedies.shell import Shell
from tests.vault.trees import seen


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return Shell.with_set(tmp_path / "p", users=1, attachments=1)


FULL = "every hash and every dump."
PART = "every name, folder and link."


def one_of(shell: Shell, pattern: str) -> Path:
    """The largest such file of the newest set."""
    found = (Path(shell.settings.vault) / shell.latest).rglob(pattern)
    return max(found, key=lambda path: path.stat().st_size)


def changed(path: Path) -> None:
    content = path.read_bytes()
    path.chmod(0o600)
    path.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))


@pytest.mark.parametrize(
    ("pattern", "harm"),
    [("", changed), ("*.conf", changed), ("*.bson", changed), ("*.conf", Path.unlink)],
)
def test_every_hash_and_dump_is_said_of_a_whole_set_and_every_name_of_a_part(
    shell: Shell, pattern: str, harm: Callable[[Path], None]
) -> None:
    """Of the part whose turn it is not, what is in the files is not known; that they are there
    is."""
    if pattern:
        harm(one_of(shell, pattern))
    parts = [shell.type("verify", "latest", "--sample", "50%") for _ in range(2)]
    whole = shell.type("verify", "latest")
    assert (FULL in flat(whole)) is (whole.exit == 0) is (not pattern)
    assert PART not in flat(whole)
    for one in parts:
        assert (PART in flat(one)) is (one.exit == 0) and FULL not in flat(one)
    good = sum(one.exit == 0 for one in parts)
    assert good == (2 if not pattern else 0 if harm is Path.unlink else 1)


NO_PARENT = "Every file is copied: there is no set here that unchanged files could be linked to."


@pytest.mark.parametrize("sets", ["none", "one", "a damaged one"])
def test_no_set_to_link_to_is_not_said_where_there_is_one(tmp_path: Path, sets: str) -> None:
    """And of one that can't be linked to nobody says that there is none."""
    shell = Shell.on_new(tmp_path / "p", users=1, attachments=1)
    if sets != "none":
        shell.backup()
    if sets == "a damaged one":
        changed(one_of(shell, "*.conf"))
        assert shell.type("verify", "latest").exit == 1
    told = flat(shell.type("plan", "backup"))
    assert (NO_PARENT in told) is (sets != "one")
    assert "there is no former set" not in told
    assert NO_PARENT not in linking_line({}, "full")


def of_the_platform(platform: Platform) -> dict[bytes, object]:
    """Each entry of its root but our own, and but the time of the root, in which ours is made."""
    found = seen(platform.root, lambda path: path != "." and ".pryv-tui" not in path)
    return dict(found)


def test_no_file_of_the_platform_is_touched_is_said_where_files_are_brought_beside_it_alone(
    tmp_path: Path,
) -> None:
    said = "No file of the platform is touched."
    for name in kind_names():
        kind = kind_of(name)
        assert (said in kind.cancelling(Progress((), (), ""))) is (name == "files")
    platform = Platform(tmp_path)
    platform.backup()
    before = of_the_platform(platform)
    made = plan(platform, "pryv/core")
    ctx, _ = platform.context()
    ctx.cancel.set()
    with pytest.raises(Cancelled):
        for step in made.steps:
            step.perform(ctx)
    assert of_the_platform(platform) == before and len(before) > 3
    bring(platform, "pryv/core", to=str(tmp_path / "to"))
    assert of_the_platform(platform) == before


@pytest.mark.parametrize("state", ["passed", "failed", "could not verify", "not checked"])
def test_every_check_passed_is_said_of_a_drill_of_which_each_did(
    tmp_path: Path, state: CheckState
) -> None:
    ctx, backup = a_set(tmp_path)
    for name, came in (("a", "passed"), ("b", state), ("c", "passed")):
        note_check(ctx, name, "", came)  # type: ignore[arg-type]
    made: Any = SimpleNamespace(set_id=backup.id, steps=())
    told = kind_of("drill").done(made, ctx)
    assert ("restored in a sandbox and compared: every check passed." in told) is (
        state == "passed"
    )
    assert ("NOT compared in full" in told) is (state != "passed")


@pytest.mark.parametrize("beyond", [True, False])
@pytest.mark.parametrize("state", ["passed", "failed", "could not verify", "not checked"])
def test_every_check_that_was_made_is_said_beside_what_was_not_checked(
    tmp_path: Path, state: CheckState, beyond: bool
) -> None:
    ctx, backup = a_set(tmp_path)
    note_check(ctx, "a", "", state)
    note_check(ctx, "b", "one", "not checked", why="it takes a token", beyond=beyond)
    made: Any = SimpleNamespace(set_id=backup.id, steps=())
    told = kind_of("drill").done(made, ctx)
    said = "compared: every check that was made passed, 1 thing was not checked."
    assert (said in told) is (beyond and state == "passed")
    assert "every check passed" not in told


@pytest.mark.parametrize("how", ["good", "one differs", "one is not read", "stopped"])
def test_every_hash_is_said_of_files_that_were_all_read_and_are_as_the_set_says(
    tmp_path: Path, how: str
) -> None:
    ctx, heard = context(tmp_path, StillHost("core"))
    inner, _ = context(tmp_path, StillHost("core"))
    rehearsal(ctx).inner = inner
    step = VerifySet(host="core", folder="/v/S", set_id="S", hosts=("core",))
    apart = ("mongodb", "redis", OTHER, LISTS)

    def perform(_self: object, run: Any) -> None:
        by_store: ByStore = run.by_store
        if how == "one differs":
            by_store.wrong("redis", "dump.rdb differs from its hash")
        elif how == "one is not read":
            by_store.unread("the part of core could not be read")
        if how != "good":
            raise PryvTuiError("set-damaged", "NOT what it should be")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(VerifySet, "perform", perform)
        made = InSandbox(host="core", step=step, apart=apart)
        if how == "good":
            made.perform(ctx)
        else:
            with pytest.raises(PryvTuiError):
                made.perform(ctx)
    found = {one.about: one for one in heard.facts if isinstance(one, Check) and one.name == FILES}
    assert found.keys() == set(apart)
    read = {"good": {"mongodb", "redis", OTHER}, "one differs": {"mongodb", OTHER}}.get(how, set())
    told = {about for about, one in found.items() if "every hash" in one.found}
    assert told == read
    assert {about for about, one in found.items() if one.found == "every hash"} == read & {OTHER}
    assert {found[about].state for about in read} <= {"passed"}


class Maker:
    """What an engine has of a drill, and what of it it will not let go."""

    def __init__(self, stays: str) -> None:
        self.stays = stays
        self.there = ["c1", "c2"]
        self.nets = ["n1"]

    def made(self) -> list[Any]:
        return [Made(name=one, drill="d1", expires="") for one in self.there]

    def made_networks(self) -> list[Any]:
        return [MadeNetwork(name=one, drill="d1", expires="") for one in self.nets]

    def remove(self, name: str, _drill: str) -> None:
        if name == self.stays == "c2":
            return  # it says so, and it is not so
        self.there.remove(name)

    def remove_network(self, name: str, _drill: str) -> None:
        if name == self.stays:
            raise PryvTuiError("step-failed", "n1 has active endpoints")
        self.nets.remove(name)


@pytest.mark.parametrize("stays", ["", "c2", "n1", "folder"])
def test_nothing_of_a_sandbox_is_left_is_said_where_that_was_looked_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stays: str
) -> None:
    host: Any = StillHost("core")
    host.maker = Maker(stays)
    ctx, heard = context(tmp_path, host)
    folder = tmp_path / "pryvdrill-d1"
    (folder / "disk").mkdir(parents=True)
    rehearsal(ctx).kept = Kept(drill="d1", folder=str(folder), host="core", made="", expires="")
    from pryv_tui.operations.drilling import places

    mounted = [str(folder / "disk")] * (stays == "folder")
    monkeypatch.setattr(places, "mounts_below", lambda _f: mounted)
    said = ""
    try:
        RemoveSandbox(host="core", folder=str(folder), names=()).perform(ctx)
    except PryvTuiError as error:
        said = error.what
    (check,) = [one for one in heard.facts if isinstance(one, Check) and one.name == REMOVED]
    left = "no container, no network, no file of it is left"
    assert (check.found == left) is (check.state == "passed") is (not stays)
    assert ("the sandbox is still there, or a part of it" in said) is bool(stays)
    assert folder.exists() is bool(stays)


@pytest.mark.parametrize("how", ["whole", "torn", "another's file", "it runs"])
def test_each_as_its_archive_holds_it_is_said_of_shards_that_were_unpacked_whole(
    tmp_path: Path, how: str
) -> None:
    root = tmp_path / "root"
    shutil.copytree(REAL, root / "pryv/influxdb/backup")
    (root / "pryv/influxdb/data").mkdir()
    archive = next((root / "pryv/influxdb/backup").glob("*.tar.gz"))
    if how == "torn":
        archive.write_bytes(archive.read_bytes()[:-40])
    elif how == "another's file":
        with tarfile.open(archive, "w:gz") as made:
            made.add(__file__, "user.alice/autogen/1/other.py")
    containers = machine("core", root=str(root))
    state: ContainerState = "running" if how == "it runs" else "exited"
    host: Any = StillHost("core", containers, root=root)
    host.engine.glance = lambda: [one.glanced(one.name, state) for one in containers]
    ctx, heard = context(tmp_path, host)
    layout = resolve_layout(["core"], str(root), {})
    RestoreOffline(
        host="core", store="influxdb", root=str(root), layout=layout, holds=HOLDS
    ).perform(ctx)
    checked = " ".join(ctx.facts.checks)
    assert ("and the metadata in place" in checked) is (how == "whole")
    assert ("each the same as in its archive" in checked) is (how == "whole")
    assert any("its files were not put in place directly" in note for _, note in heard.notes) is (
        how != "whole"
    )
    assert (root / "pryv/influxdb/data/meta").exists() is (how == "whole")
