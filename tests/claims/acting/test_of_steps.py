"""What steps say of all and of nothing: performed where it is so, and where it is otherwise."""

from __future__ import annotations

import os
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from pryv_tui import own_folder
from pryv_tui.errors import PryvTuiError
from pryv_tui.hosts.engine import Container
from pryv_tui.operations.debts import Owed
from pryv_tui.operations.plan import Step
from pryv_tui.operations.root.aside import give_back, set_aside
from pryv_tui.operations.root.stopped import save_first
from pryv_tui.operations.root.trial import Fast
from pryv_tui.operations.steps.bringing_back import close_restore
from pryv_tui.operations.steps.bringing_back.close_restore import CloseRestore
from pryv_tui.operations.steps.bringing_back.move_aside import MoveAside
from pryv_tui.operations.steps.bringing_back.put_back_root import PutBackRoot
from pryv_tui.operations.steps.bringing_back.try_moves import refuse_held
from pryv_tui.operations.steps.services.hold_follower import HoldFollower
from pryv_tui.operations.steps.services.hold_platform import HoldPlatform
from pryv_tui.operations.steps.sets.verify_set import VerifySet
from pryv_tui.operations.steps.taking import adopt_set
from pryv_tui.operations.steps.taking.adopt_copy import PLATFORM_USER
from pryv_tui.operations.steps.taking.adopt_set import CopyAdopted
from tests.hosts.machines import StillHost, container
from tests.operations.adopting.test_adopting import found_in, single
from tests.operations.kit import context, host_state, platform_of
from tests.operations.overview.test_verify_set import HOST, Kept, flip, kept, pristine
from tests.operations.root.test_aside import Killed, Killer
from tests.vault.trees import seen

__all__ = ["kept", "pristine"]

OUTSIDE = frozenset({own_folder.NAME})


def refusal(step: Step, ctx: Any) -> str:
    """What it says where it can't be done; empty where it is."""
    try:
        step.perform(ctx)
    except PryvTuiError as error:
        return error.what
    return ""


# --- a root, moved aside and put back -------------------------------------------------------------


@pytest.mark.parametrize("begun", [False, True])
def test_nothing_was_moved_is_not_said_where_a_try_before_had_begun(
    tmp_path: Path, begun: bool
) -> None:
    root, aside = tmp_path / "root", own_folder.aside(tmp_path / "root", "RUN")
    (root / "pryv").mkdir(parents=True)
    if begun:
        (aside.with_name("RUN.moving") / "pryv.yml").mkdir(parents=True)
    step = MoveAside(
        host="core", root=str(root), aside=str(aside), set_id="SET", disks=("pryv/data",)
    )
    ctx, _ = context(tmp_path, StillHost("core"))
    said = refusal(step, ctx)
    assert f"{root}/pryv/data was a separate disk" in said
    assert ("nothing was moved" in said) is (not begun)
    assert ("a part of the former content is in" in said) is begun


def filled(root: Path, content: str) -> None:
    for name in ("pryv/core/a", "pryv/b", "run-pryv"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(f"{content} {name}")


def in_places(root: Path, *places: Path) -> list[str]:
    """Every file of a root that lies in its place, or below one of these."""
    files = [Path(at, name) for at, _, names in os.walk(root) for name in names]
    own = own_folder.of(root)
    return sorted(
        one.read_text()
        for one in files
        if own not in one.parents or any(place in one.parents for place in places)
    )


@pytest.mark.parametrize("renames", range(8))
def test_where_everything_lies_that_a_killed_step_was_moving(tmp_path: Path, renames: int) -> None:
    root = tmp_path / "root"
    aside, undone = own_folder.aside(root, "OLD"), own_folder.undone(root, "RUN")
    filled(root, "former")
    before = in_places(root)
    ctx, _ = context(tmp_path, StillHost("core"))
    there = MoveAside(host="core", root=str(root), aside=str(aside), set_id="SET")
    assert there.leaves == f"everything that was there, in {root} and below {aside.parent}"
    killed(ctx, there, renames)
    mine = [one for one in in_places(root, aside.parent) if one.startswith("former")]
    assert mine == before, "none lies elsewhere"
    there.perform(ctx)
    filled(root, "new")
    all_of_it = sorted([*before, *in_places(root)])
    back = PutBackRoot(
        host="core", root=str(root), aside=str(aside), undone_run="OLD", kept=str(undone)
    )
    assert back.leaves == f"everything, in {root} and below {aside.parent} and {undone.parent}"
    killed(ctx, back, renames)
    now = in_places(root, aside.parent, undone.parent)
    assert [one for one in now if one.startswith(("former", "new"))] == all_of_it


def killed(ctx: Any, step: Step, renames: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        Killer(patch, renames)
        try:
            step.perform(ctx)
        except Killed:
            return


@pytest.mark.parametrize("mounted", [False, True])
def test_nothing_is_mounted_there_is_not_said_of_a_place_where_another_disk_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mounted: bool
) -> None:
    root, aside = tmp_path / "root", own_folder.aside(tmp_path / "root", "RUN")
    filled(root, "former")
    (root / "pryv/data").mkdir()
    set_aside(root, aside, OUTSIDE, ("pryv/data",))
    # What lay on that disk is not to be seen any more.
    (root / "pryv/data/.pryv-tui").rename(tmp_path / "away")
    monkeypatch.setattr("pryv_tui.operations.root.aside.is_mounted", lambda _place: mounted)
    with pytest.raises(OSError) as caught:
        give_back(root, aside, lambda: None)
    said = caught.value.strerror
    assert (said == "nothing is mounted there any more") is (not mounted)
    assert ("another disk is mounted there" in str(said)) is mounted


@pytest.mark.parametrize("mounted", [False, True])
def test_a_restore_ends_where_its_disk_is_still_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mounted: bool
) -> None:
    monkeypatch.setattr(close_restore, "is_mounted", lambda _place: mounted)
    ctx, _ = context(tmp_path, StillHost("core"))
    step = CloseRestore(roots={"core": str(tmp_path)}, disks=(("core", "pryv/data"),))
    said = refusal(step, ctx)
    assert ("and nothing is mounted there any more" in said) is (not mounted)
    assert any("is still a separate disk" in line for line in ctx.facts.checks) is mounted


@pytest.mark.parametrize("stopped", [False, True])
def test_nothing_was_stopped_is_not_said_by_a_run_that_had_stopped_something(
    tmp_path: Path, stopped: bool
) -> None:
    """A restore that is cancelled tries it too, before it puts back what it had moved."""
    ctx, _ = context(tmp_path, StillHost("core"))
    refuse_held(ctx, [])
    if stopped:
        ctx.owe(Owed(kind="start", host="core", what="pryvio_core"))
        ctx.settle(ctx.facts.owed[0])
    with pytest.raises(PryvTuiError, match="these can't be moved: /x") as caught:
        refuse_held(ctx, [Fast(path="/x", why="it is immutable", remedy="Let it go.")])
    assert ("; nothing was stopped" in caught.value.what) is (not stopped)


def test_a_redis_whose_log_folder_was_replaced_holds_what_its_files_hold() -> None:
    """It is its data folder that is written nowhere else."""
    state = host_state("h", "register")
    engine: Any = SimpleNamespace(former=lambda *_given: "")
    redis = container("redis", mounts={"/app/data": "pryv/redis/data", "/log": "pryv/redis/log"})
    data, log = redis.mounts
    assert "may be only in its memory" in save_first(engine, redis, data, state, practice=True)
    said = save_first(engine, redis, log, state, practice=True)
    assert "memory" not in said and said.startswith("Let it use the present folder: ")
    moved: Any = SimpleNamespace(former=lambda *_given: "/elsewhere")
    assert "or in a folder that its next start does not use" in save_first(
        moved, redis, data, state, practice=True
    )


# --- what is held ---------------------------------------------------------------------------------


class Holding(StillHost):
    """A machine with one container, that can be stopped and paused."""

    def __init__(self, *containers: Container) -> None:
        super().__init__("h", containers)
        self.done: list[str] = []
        engine: Any = self.engine
        engine.stop = lambda name: self.done.append(f"stop {name}")
        engine.pause = lambda name: self.done.append(f"pause {name}")


STATES = ("running", "restarting", "paused", "exited", "created", "dead", None)


def one(service: str, state: str | None) -> list[Container]:
    return [container(service, state=state)] if state is not None else []  # type: ignore[arg-type]


@pytest.mark.parametrize("state", STATES)
def test_there_is_nothing_to_hold_where_no_follower_runs_or_starts_again(
    tmp_path: Path, state: str | None
) -> None:
    """As it is now, and not as it was when the run began."""
    host = Holding(*one("config_follower", state))
    ctx, heard = context(tmp_path, host, deployment=platform_of(host_state("h", "core")))
    HoldFollower(host="h").perform(ctx)
    held = state in ("running", "restarting")
    assert [text.endswith(": nothing to hold") for _, text in heard.notes] == [True] * (not held)
    assert (host.done, [owed.what for owed in heard.owed]) == (
        (["stop pryvio_config_follower"], ["pryvio_config_follower"]) if held else ([], [])
    )


@pytest.mark.parametrize("state", STATES)
def test_nothing_comes_in_through_what_does_not_run(tmp_path: Path, state: str | None) -> None:
    host = Holding(*one("nginx", state))
    ctx, heard = context(tmp_path, host)
    ctx.guardian = SimpleNamespace(watch=lambda *_given: None)
    HoldPlatform(host="h", hold="everything", deadline=30).perform(ctx)
    stands = state in (None, "exited", "created", "dead")
    said = [text for _, text in heard.notes]
    assert ("pryvio_nginx is not running: no request comes in through it" in said) is stands
    assert bool(host.done) is (state in ("running", "restarting"))


# --- sets -----------------------------------------------------------------------------------------


def test_a_restore_that_ends_at_its_check_has_changed_nothing(kept: Kept) -> None:
    step = VerifySet(folder=str(kept.folder), set_id=kept.id, hosts=(HOST,))
    ctx, _ = kept.platform.context()
    assert refusal(step, ctx) == ""
    before = seen(kept.platform.root)
    flip(kept.folder / HOST / "files/pryv/core/data/file2", 9)
    said = refusal(step, ctx)
    assert f"{kept.id} is not what it should be; nothing of the platform was changed" in said
    assert seen(kept.platform.root) == before


def test_nor_one_that_trusts_the_last_check(kept: Kept) -> None:
    assert not kept.found()
    check = kept.backup.own_check
    assert check is not None
    step = VerifySet(
        folder=str(kept.folder), set_id=kept.id, hosts=(HOST,), known=check.time, within=10**9
    )
    ctx, _ = kept.platform.context()
    assert refusal(step, ctx) == ""
    before = seen(kept.platform.root)
    files = kept.folder / HOST / "files"
    aside = files.rename(files.with_name("elsewhere"))
    said = refusal(step, ctx)
    assert (
        f"{kept.id} has changed since it was verified; nothing of the platform was changed" in said
    )
    assert f"{HOST}: files is missing" in said
    aside.rename(files)
    sums = kept.folder / HOST / "SHA256SUMS"
    listed = sums.read_bytes()
    sums.write_bytes(listed[:-1] + b"x\n")
    assert "SHA256SUMS differs from its hash" in refusal(step, ctx)
    sums.write_bytes(listed)
    # Of the files it says nothing, and looks at none.
    (files / "pryv/core/data/file2").unlink()
    assert refusal(step, ctx) == ""
    assert "Its files were not checked again" in ctx.facts.checks[-1]
    (kept.folder / "set.json").write_bytes((kept.folder / "set.json").read_bytes() + b" ")
    said = refusal(step, ctx)
    assert "can't be verified while it is copied back" in said
    assert said.endswith("; nothing was changed")
    assert seen(kept.platform.root) == before


@pytest.mark.parametrize("ours", [False, True])
def test_that_nothing_belongs_to_the_platforms_user_is_said_of_what_was_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ours: bool
) -> None:
    copy = single(tmp_path / "copy")
    if ours and os.getuid():  # who is not root gives nothing away
        monkeypatch.setattr(adopt_set, "has_strangers", lambda _files: False)
    elif ours:
        os.chown(copy / "pryv/core/conf/file", PLATFORM_USER, PLATFORM_USER)
    (part,) = found_in(copy).parts
    ctx, _ = context(tmp_path, practice=False)
    step = CopyAdopted(part=part, destination=str(tmp_path / "set/single"))
    step.perform(ctx)
    said = " ".join(ctx.facts.warnings)
    assert ("nothing copied from it belongs to the platform's user" in said) is (not ours)
