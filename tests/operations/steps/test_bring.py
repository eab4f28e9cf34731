"""Single files of a set come back beside what is there, each compared with its hash."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import msgspec
import pytest

from pryv_tui import own_folder
from pryv_tui.errors import PryvTuiError
from pryv_tui.operations.guards.place import SPACE_RESERVE
from pryv_tui.operations.kinds.files import Files
from pryv_tui.operations.plan import Plan, PlanKind
from pryv_tui.operations.root.leftovers import gone_so_far
from pryv_tui.operations.steps.bringing_back.bring_files import BringFiles
from pryv_tui.runs.planning import past as planning
from pryv_tui.runs.planning.request import plan_files
from pryv_tui.runs.record.history import RunRecord, RunState
from pryv_tui.vault.matching import match
from pryv_tui.vault.set_names import PARTIAL
from tests.operations.guards.based import Platform
from tests.vault.trees import seen

USERS = "pryv/core/data/attachments"


@pytest.fixture
def platform(tmp_path: Path) -> Platform:
    made = Platform(tmp_path)
    for user in ("ann", "annabel", "bob"):
        for number in range(2):
            folder = made.root / USERS / user / f"event{number}"
            folder.mkdir(parents=True)
            (folder / "file").write_text(f"{user} {number}")
            (folder / "file").chmod(0o640)
    (made.root / USERS / "bob" / "odd\n[1]*").write_text("odd")
    made.backup()
    return made


def part(platform: Platform) -> Path:
    return platform.vault.sets()[-1].folder / "single-node"


def plan(platform: Platform, *patterns: str, to: str = "") -> Plan:
    ctx, _ = platform.context()
    return plan_files(ctx.site, ctx.deployment, "latest", patterns, to=to)


def bring(platform: Platform, *patterns: str, to: str = "") -> Path:
    """Do what the plan says; the folder that the files came to."""
    made = plan(platform, *patterns, to=to)
    ctx, _ = platform.context()
    for step in made.steps:
        step.perform(ctx)
    (step,) = made.steps
    assert isinstance(step, BringFiles)
    return Path(step.target)


def found_in(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize(
    ("patterns", "files"),
    [
        ((f"{USERS}/ann",), {f"{USERS}/ann/event{n}/file" for n in range(2)}),
        ((f"/{USERS}/ann/",), {f"{USERS}/ann/event{n}/file" for n in range(2)}),
        ((f"{USERS}/ann*/event1/*",), {f"{USERS}/{u}/event1/file" for u in ("ann", "annabel")}),
        (("*/b*/event0", f"{USERS}/ann/event1"), {f"{USERS}/bob/event0/file",
                                                  f"{USERS}/ann/event1/file"}),
        ((f"{USERS}/bob/odd\n[1]*",), {f"{USERS}/bob/odd\n[1]*"}),
        (("pryv/core/data/file3",), {"pryv/core/data/file3"}),
    ],
)  # fmt: skip
def test_what_a_pattern_means_comes_back_and_nothing_else(
    platform: Platform, patterns: Sequence[str], files: set[str]
) -> None:
    before = seen(platform.root)
    target = bring(platform, *patterns)
    assert target.parent == own_folder.files(platform.root)
    assert found_in(target) == files
    for name in files:
        there, was = (target / name).stat(), (platform.root / name).stat()
        assert (target / name).read_bytes() == (platform.root / name).read_bytes()
        assert (there.st_mode, there.st_mtime_ns) == (was.st_mode, was.st_mtime_ns)
        assert there.st_ino != (part(platform) / "files" / name).stat().st_ino, "no shared file"
    assert target.parent.stat().st_mode & 0o077 == 0
    now = {path: e for path, e in seen(platform.root).items() if b".pryv-tui" not in path}
    now.pop(b".")  # its time tells that our own folder was made
    assert now == {path: before[path] for path in now}
    assert set(before) - {b"."} == set(now)


@pytest.mark.parametrize("rest", [False, True])
def test_that_nothing_was_touched_is_not_said_where_a_rest_was_removed(
    platform: Platform, rest: bool
) -> None:
    made = plan(platform, f"{USERS}/ann")
    (step,) = made.steps
    assert isinstance(step, BringFiles)
    left = Path(step.target).with_name(f"EARLIER{PARTIAL}")
    if rest:
        (left / "files").mkdir(parents=True)
        (left / "files/half").write_text("x")
        step = msgspec.structs.replace(step, rests=(str(left),))
        made = msgspec.structs.replace(made, steps=(step,))
    ctx, _ = platform.context()
    step.perform(ctx)
    assert not left.exists()
    assert (step.undone == f"remove {step.target}: nothing else was touched") is (not rest)
    (check,) = ctx.facts.checks
    touched = "no existing file was touched"
    assert (touched in check, touched in Files.done(made, ctx)) == (not rest, not rest)
    if rest:
        only = "of the existing files, only remains of earlier runs were removed"
        assert only in check and step.undone.endswith(only)


def test_a_refusal_after_a_rest_was_removed_is_none(platform: Platform) -> None:
    (step,) = plan(platform, f"{USERS}/ann").steps
    assert isinstance(step, BringFiles)
    left = Path(step.target).with_name(f"EARLIER{PARTIAL}")
    left.mkdir(parents=True)
    ctx, _ = platform.context()
    with pytest.raises(PryvTuiError, match="no file of"):
        msgspec.structs.replace(step, patterns=("no-such",), rests=(str(left),)).perform(ctx)
    assert ctx.facts.changed


def test_rights_of_their_own_are_told(platform: Platform) -> None:
    (part(platform) / "files" / USERS / "ann/event0/file").chmod(0o4755)
    made = plan(platform, f"{USERS}/ann")
    ctx, _ = platform.context()
    for step in made.steps:
        step.perform(ctx)
    (told,) = ctx.facts.warnings
    assert f"{USERS}/ann/event0/file runs as the user" in told


def test_nothing_is_ever_written_over(platform: Platform, tmp_path: Path) -> None:
    to = str(tmp_path / "out")
    bring(platform, USERS, to=to)
    kept = seen(Path(to))
    with pytest.raises(PryvTuiError) as caught:
        bring(platform, USERS, to=to)
    assert caught.value.name == "refused"
    assert seen(Path(to)) == kept


@pytest.mark.parametrize("where", ["vault", "set", "another vault's set"])
def test_nor_where_a_link_leads_into_it(platform: Platform, tmp_path: Path, where: str) -> None:
    target = platform.vault.sets()[-1].folder
    if where == "vault":
        target = platform.vault.folder
    elif where != "set":
        target = Path(shutil.copytree(target, tmp_path / "other" / target.name, symlinks=True))
    (tmp_path / "link").symlink_to(target)
    for to in (tmp_path / "link", tmp_path / "link/below"):
        with pytest.raises(PryvTuiError) as caught:
            plan(platform, USERS, to=str(to))
        assert caught.value.name == "refused"
        assert str(target) in caught.value.what


@pytest.mark.parametrize("name", ["", "/below"])
def test_never_into_the_vault(platform: Platform, name: str) -> None:
    with pytest.raises(PryvTuiError) as caught:
        plan(platform, USERS, to=f"{platform.vault.folder}{name}")
    assert caught.value.name == "refused"


@pytest.mark.parametrize("pattern", ["nowhere", f"{USERS}/an", "../*", "ann"])
def test_a_pattern_that_means_nothing_is_refused(platform: Platform, pattern: str) -> None:
    with pytest.raises(PryvTuiError) as caught:
        plan(platform, pattern)
    assert caught.value.name == "refused"


def test_a_damaged_file_is_refused_and_what_came_is_not_taken_for_whole(
    platform: Platform, tmp_path: Path
) -> None:
    rotten = part(platform) / "files" / USERS / "ann" / "event1" / "file"
    rotten.write_text("ann 2")
    with pytest.raises(PryvTuiError) as caught:
        bring(platform, f"{USERS}/ann", to=str(tmp_path / "out"))
    assert caught.value.name == "set-damaged"
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["single-node.partial"]
    ctx, _ = platform.context()
    with pytest.raises(PryvTuiError):
        plan(platform, f"{USERS}/ann").steps[0].perform(ctx)
    (left,) = ctx.facts.unfinished
    assert ctx.facts.changed
    assert any(f"rm -r {left}" in line for line in gone_so_far(ctx))
    good = bring(platform, f"{USERS}/bob", to=str(tmp_path / "other"))
    assert len(found_in(good)) == 3, "another file's damage is no reason to keep this one back"


@pytest.mark.parametrize("name", ["set.json", "single-node/SHA256SUMS", "single-node/INDEX"])
def test_a_set_that_says_something_else_is_refused(platform: Platform, name: str) -> None:
    path = platform.vault.sets()[-1].folder / name
    content = path.read_bytes()
    path.write_bytes(content.replace(b"0", b"1", 1))
    with pytest.raises(PryvTuiError) as caught:
        bring(platform, USERS)
    assert caught.value.name == "set-damaged"


def test_what_a_killed_run_left_below_a_root_goes_with_the_next_one(
    platform: Platform, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = own_folder.files(platform.root)
    for name in ("KILLED.partial", "RUNNING.partial", "SOMEBODY'S.partial", "KILLED"):
        (folder / name / "pryv").mkdir(parents=True)
    states: dict[str, tuple[PlanKind, RunState]] = {
        "KILLED": ("files", "died"),
        "RUNNING": ("files", "running"),
        "SOMEBODY'S": ("backup", "died"),
    }
    runs = [
        RunRecord(id=run, folder="", kind=kind, state=state, pid=None, asked="", started="")
        for run, (kind, state) in states.items()
    ]
    monkeypatch.setattr(planning, "all_runs", lambda _: runs)
    beside = plan(platform, USERS, to=str(tmp_path / "out"))
    assert beside.steps[0].command[0].startswith("mkdir")
    made = plan(platform, USERS)
    assert f"rm -r --one-file-system {folder}/KILLED.partial" in made.steps[0].command
    # What goes is said, and it is not said that nothing does.
    ctx, _ = platform.context()
    for one, goes in ((beside, False), (made, True)):
        effects, done = " ".join(one.effects), Files.done(one, ctx)
        assert ("No existing file is touched" in effects) is not goes
        assert (f"remains of an earlier run: {folder}/KILLED.partial." in effects) is goes
        assert ("no existing file was touched" in done) is not goes
        assert ("only remains of earlier runs were removed" in done) is goes
    bring(platform, USERS)
    left = {path.name for path in folder.iterdir()}
    assert left == {"RUNNING.partial", "SOMEBODY'S.partial", "KILLED", "RUN"}


def test_what_there_is_no_room_for_is_not_begun(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    from pryv_tui.operations.steps.bringing_back import bring_files

    monkeypatch.setattr(bring_files, "free_bytes", lambda _: SPACE_RESERVE)
    with pytest.raises(PryvTuiError) as caught:
        bring(platform, USERS)
    assert caught.value.name == "disk-full"
    assert not (own_folder.files(platform.root)).exists()


def test_a_link_in_the_set_leads_nowhere(platform: Platform, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.mkdir()
    (secret / "file").write_text("of somebody else")
    folder = part(platform) / "files" / USERS / "ann" / "event0"
    (folder / "file").unlink()
    folder.rmdir()
    folder.symlink_to(secret)
    with pytest.raises(PryvTuiError) as caught:
        match(part(platform), [USERS])
    assert caught.value.name == "set-damaged"


def test_the_shown_command_brings_the_same(platform: Platform, tmp_path: Path) -> None:
    pattern = f"{USERS}/ann*/event1"
    (step,) = plan(platform, pattern, to=str(tmp_path / "out")).steps
    by_hand = step.command[1].rpartition(" | ")[0]
    listed = subprocess.run(["sh", "-c", by_hand], capture_output=True, check=True).stdout
    files = {os.fsdecode(name) for name in listed.split(b"\0") if name}
    assert files == found_in(bring(platform, pattern, to=str(tmp_path / "out")))


@pytest.mark.parametrize("to", [True, False])
@pytest.mark.parametrize("mode", [0o755, 0o777])
def test_what_comes_is_closed_to_everybody_else(
    platform: Platform, tmp_path: Path, mode: int, to: bool
) -> None:
    """Also in an open folder, and from a root that was open; at each moment of the copy."""
    platform.root.chmod(mode)
    platform.backup()
    out = tmp_path / "out"
    out.mkdir()
    out.chmod(mode)
    watched: list[int] = []

    def look(*_: object) -> None:
        holder = out if to else own_folder.files(platform.root)
        watched.extend(path.stat().st_mode & 0o077 for path in holder.iterdir())

    platform.settings["sync"] = look
    target = bring(platform, f"{USERS}/bob", to=str(out) if to else "")
    assert watched == [0]
    assert target.stat().st_mode & 0o777 == 0o700
    assert out.stat().st_mode & 0o777 == mode
    assert [path.name for path in target.parent.iterdir()] == [target.name]


@pytest.mark.skipif(os.geteuid() != 0, reason="gives folders to other users: needs root")
def test_what_comes_is_not_the_roots_owners_either(platform: Platform, tmp_path: Path) -> None:
    """Who has that number on this machine may be somebody else."""
    os.chown(platform.root, 4711, 4711)
    platform.backup()
    target = bring(platform, f"{USERS}/bob", to=str(tmp_path / "out"))
    assert (target.stat().st_uid, target.stat().st_mode & 0o777) == (os.geteuid(), 0o700)


def test_the_shown_command_closes_it_as_well(platform: Platform, tmp_path: Path) -> None:
    platform.root.chmod(0o755)
    platform.backup()
    (tmp_path / "out").mkdir(mode=0o755)
    made = plan(platform, f"{USERS}/bob", to=str(tmp_path / "out"))
    subprocess.run(["sh", "-c", "\n".join(made.steps[0].command)], check=True)
    assert (tmp_path / "out/single-node").stat().st_mode & 0o777 == 0o700
