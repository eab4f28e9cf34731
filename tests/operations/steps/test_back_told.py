"""What does not come back with all that it has in the set is told, as a backup tells it."""

from __future__ import annotations

import os
import struct
import subprocess
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest

from pryv_tui.filesystem.attributes import AccessNote
from pryv_tui.operations.acceptance import NOTHING, Acceptable, accept
from pryv_tui.operations.facts import HostFacts
from pryv_tui.operations.overview.suspicious import set_attention
from pryv_tui.operations.settings.shrinking import Limits
from pryv_tui.operations.steps.bringing_back import bring_files
from pryv_tui.operations.steps.bringing_back.bring_files import BringFiles
from pryv_tui.operations.steps.bringing_back.copy_back import CopyBack, tell_unlike
from pryv_tui.operations.steps.odd import NOTES_KEPT, NOTES_TOLD, tell_odd
from pryv_tui.operations.steps.taking import adopt_copy
from pryv_tui.vault.files.progress import KEPT_NOTES, Notes
from pryv_tui.vault.files.types import CopyNote, CopyResult
from tests.operations.guards.based import Platform
from tests.operations.kit import Heard, manifest_of, part, set_of
from tests.vault.engine import use

HOST = "single-node"
ENGINES: dict[str, dict[str, Any]] = {
    "alone": {"workers": 0},
    "library": {"alone_files": -1, "workers": 2},
    "python": {"alone_files": -1, "workers": 2, "native": False},
}
NOBODY = 2**32 - 1
DATA = "pryv/core/data"


@pytest.fixture
def platform(tmp_path: Path) -> Platform:
    made = Platform(tmp_path)
    (made.root / DATA / "below").mkdir(parents=True)
    for name in ("noted", "below/noted"):
        (made.root / DATA / name).write_text(name)
    return made


def backed_up(platform: Platform, *noted: str) -> Platform:
    for name in noted:
        try:
            os.setxattr(platform.root / name, "user.note", b"n")
        except OSError as error:
            pytest.skip(f"no extended attributes here: {error.strerror}")
    platform.backup()
    return platform


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """This thread alone, others with the C library, and others without it."""
    use(monkeypatch, **ENGINES[request.param])


@pytest.fixture
def plain_disk(tmp_path: Path) -> Iterator[Path]:
    """A folder on a file system that holds no attributes."""
    where = tmp_path / "plain"
    where.mkdir()
    command = ["mount", "-t", "ramfs", "ramfs", str(where)]
    if os.geteuid() != 0 or subprocess.run(command, capture_output=True).returncode:
        pytest.skip("nothing can be mounted here")
    try:
        yield where
    finally:
        subprocess.run(["umount", str(where)], check=True)


def copied_back(platform: Platform, root: Path) -> tuple[Any, Heard]:
    """Copy the set back as a restore does."""
    ctx, heard = platform.context()
    backup = platform.vault.resolve("latest")
    assert backup.manifest is not None
    (part,) = backup.manifest.hosts
    root.mkdir()
    CopyBack(
        host=HOST,
        source=f"{backup.path}/{HOST}",
        root=str(root),
        files=part.files,
        bytes=part.bytes,
        folders=part.folders,
        recreated=(),
        links=part.links,
        index=part.index,
        tree=part.tree,
    ).perform(ctx)
    return ctx, heard


def lost(heard: Heard) -> list[str]:
    return [text for level, text in heard.notes if level == "info" and "could not be kept" in text]


def unlike(ctx: Any) -> list[str]:
    return [line for line in ctx.facts.checks if "other differences from the set" in line]


def test_an_attribute_that_the_disk_does_not_hold(
    engine: None, platform: Platform, plain_disk: Path
) -> None:
    """Of a file, of one deeper, and of a folder."""
    noted = (f"{DATA}/noted", f"{DATA}/below/noted", f"{DATA}/below")
    backed_up(platform, *noted)
    ctx, heard = copied_back(platform, plain_disk / "root")
    assert {line.partition(":")[0] for line in lost(heard)} == set(noted)
    assert all("its attribute user.note" in line for line in lost(heard))
    assert sorted(ctx.facts.of(HOST).notes) == sorted(lost(heard))
    (line,) = unlike(ctx)
    assert "each hash as in the set; other differences from the set in 3 entries" in line
    # As of a backup: it is told, and needs nobody.
    assert ctx.facts.warnings == []


def test_an_acl_and_a_right_that_it_does_not_hold(
    engine: None, platform: Platform, plain_disk: Path
) -> None:
    named = struct.pack("<IHHIHHIHHIHHIHHI", 2, 1, 6, NOBODY, 2, 4, 4242, 4, 4, NOBODY, 16, 6,
                        NOBODY, 32, 0, NOBODY)  # fmt: skip
    try:
        os.setxattr(platform.root / DATA / "noted", "system.posix_acl_access", named)
        os.setxattr(platform.root / DATA / "below/noted", "trusted.note", b"n")
    except OSError as error:
        pytest.skip(f"no such attributes here: {error.strerror}")
    platform.backup()
    ctx, heard = copied_back(platform, plain_disk / "root")
    told = "".join(lost(heard))
    assert f"{DATA}/noted: its attribute system.posix_acl_access could not be kept" in told
    assert f"{DATA}/below/noted: its attribute trusted.note could not be kept" in told
    (line,) = unlike(ctx)
    assert "in 2 entries" in line
    (warned,) = ctx.facts.warnings
    assert f"access rights of 1 entry could not be kept; the first: {DATA}/noted" in warned


ACL = CopyNote(
    "a", "its attribute system.posix_acl_access could not be kept: not supported", access=True
)
GROUP = CopyNote("c", "its group 4 could not be kept: that needs root", access=True)
OTHER = CopyNote("b", "its attribute user.x could not be kept: not supported")


def test_a_backup_needs_a_person_for_an_acl_too(platform: Platform) -> None:
    """Whoever brings such a set back may give it to others than had it."""
    ctx, _heard = platform.context()
    tell_odd(ctx, HOST, [OTHER], "set.json")
    assert ctx.facts.warnings == []
    tell_odd(ctx, HOST, [OTHER, ACL, GROUP], "set.json")
    (told,) = ctx.facts.warnings
    assert told.startswith(f"{HOST}: access rights of 2 entries could not be kept")
    assert "the first: a: its attribute system.posix_acl_access" in told
    (finding,) = ctx.facts.findings
    assert told.endswith(f"If this is intended: pryv-tui accept {finding.key}")


def test_one_that_was_accepted_is_a_note_of_each_backup(platform: Platform) -> None:
    """A vault's disk that holds no access lists would have every night's backup exit with 3."""
    first, _heard = platform.context()
    tell_odd(first, HOST, [ACL], "set.json")
    (found,) = first.facts.findings
    holding = set_of(manifest_of(part("co1", "core"), findings=(found,)))
    (item,) = set_attention([holding], Limits(), NOTHING)
    assert item.remedy == f"If this is intended: pryv-tui accept {found.key}"
    accept(first.site.state, Acceptable(key=item.key, about=item.about, text=item.text))
    again, heard = platform.context()
    beside = msgspec.structs.replace(ACL, path="b")
    tell_odd(again, HOST, [beside, ACL], "set.json")
    assert again.facts.warnings == []
    (told,) = [text for _, text in heard.notes if "access rights of" in text]
    assert told.startswith(f"{HOST}: access rights of 2 entries") and "accepted by" in told
    back, _heard = platform.context()
    tell_odd(back, HOST, [ACL])
    assert len(back.facts.warnings) == 1, "a restore changes who may read now"
    another, _heard = platform.context()
    tell_odd(another, "core", [ACL], "set.json")
    assert len(another.facts.warnings) == 1, "nobody has accepted it of that machine"


@pytest.mark.parametrize(
    "more",
    [
        GROUP,
        msgspec.structs.replace(ACL, path="pryv/nginx/conf/secret/key.pem"),
        msgspec.structs.replace(ACL, what="its group 7 could not be kept: that needs root"),
    ],
    ids=["a group too", "a key's list too", "another group"],
)
@pytest.mark.parametrize("beside", [True, False], ids=["beside it", "instead of it"])
def test_an_acceptance_covers_what_was_accepted_and_no_other_case(
    platform: Platform, more: CopyNote, beside: bool
) -> None:
    first, _heard = platform.context()
    tell_odd(first, HOST, [ACL], "set.json")
    (found,) = first.facts.findings
    accept(first.site.state, Acceptable(key=found.key, about=found.about, text=found.text))
    later, _heard = platform.context()
    tell_odd(later, HOST, [*([ACL] if beside else []), more], "set.json")
    assert len(later.facts.warnings) == 1, "nobody has accepted that"


def test_no_number_of_other_notes_hides_it(platform: Platform) -> None:
    noted = Notes()
    for number in range(KEPT_NOTES + 5):
        noted.add(b"%d" % number, "its flag x could not be kept", False)
    noted.add(b"own", AccessNote("its group 4 could not be kept: that needs root"), False)
    ctx, _heard = platform.context()
    tell_odd(ctx, HOST, noted.all(), "set.json")
    (told,) = ctx.facts.warnings
    assert "the first: own: its group 4" in told
    assert any("its group 4" in line for line in ctx.facts.of(HOST).notes)


def test_more_than_are_kept_are_at_least_so_many(platform: Platform) -> None:
    ctx, _heard = platform.context()
    tell_odd(ctx, HOST, [ACL, CopyNote("", "and 7 more notes", rest=True)], "set.json")
    assert "access rights of at least 1 entry could not be kept" in ctx.facts.warnings[0]


def test_of_one_that_is_healthy_nothing_is_said(
    engine: None, platform: Platform, tmp_path: Path
) -> None:
    backed_up(platform, f"{DATA}/noted", f"{DATA}/below")
    ctx, heard = copied_back(platform, tmp_path / "back")
    assert os.getxattr(tmp_path / "back" / DATA / "noted", "user.note") == b"n"
    assert heard.notes == [("info", line) for line in ctx.facts.checks]
    assert (unlike(ctx), ctx.facts.of(HOST).notes, ctx.facts.warnings) == ([], [], [])
    (line,) = ctx.facts.checks
    assert line.endswith("each hash as in the set")


def test_many_are_counted(platform: Platform, plain_disk: Path) -> None:
    many = NOTES_KEPT + 5
    (platform.root / DATA / "many").mkdir()
    for number in range(many):
        (platform.root / DATA / f"many/{number:03d}").touch()
    backed_up(platform, *(f"{DATA}/many/{number:03d}" for number in range(many)))
    ctx, heard = copied_back(platform, plain_disk / "root")
    assert len(lost(heard)) == NOTES_TOLD
    assert heard.notes[-2] == ("info", f"and {many - NOTES_TOLD} more such notes")
    assert len(ctx.facts.of(HOST).notes) == NOTES_KEPT
    assert f"in {many} entries" in unlike(ctx)[0]


def test_more_than_a_copy_keeps_are_at_least_so_many() -> None:
    warned: list[str] = []
    facts, heard = HostFacts(), Heard()
    ctx: Any = SimpleNamespace(
        warn=warned.append, report=heard, facts=SimpleNamespace(of=lambda _: facts)
    )
    notes = [CopyNote("a", "its flag x could not be kept"), CopyNote("", "its flag x is lost")]
    torn = CopyNote("b", "changed", torn=True)
    copied = CopyResult(3, 3, 1, 0, (torn, *notes, CopyNote("", "and 7 more notes", rest=True)))
    assert "in at least 3 entries" in tell_unlike(ctx, HOST, copied)
    assert warned == [f"{HOST}: b: changed"]
    assert [text for _, text in heard.notes] == [
        "a: its flag x could not be kept", "the root: its flag x is lost", "and 7 more notes"
    ]  # fmt: skip


def test_single_files_too(
    engine: None, platform: Platform, plain_disk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # This file system counts nothing.
    monkeypatch.setattr(bring_files, "free_bytes", lambda _path: 1 << 40)
    backed_up(platform, f"{DATA}/noted")
    ctx, heard = platform.context()
    BringFiles(
        host=HOST,
        source=f"{platform.vault.resolve('latest').path}/{HOST}",
        target=str(plain_disk / "files"),
        patterns=(f"{DATA}/noted",),
        files=1,
        bytes=5,
    ).perform(ctx)
    (line,) = lost(heard)
    assert line.startswith(f"{DATA}/noted: its attribute user.note could not be kept")
    assert "other differences from the set in 1 entry" in unlike(ctx)[0]


def test_what_is_adopted_and_may_mix_states_needs_a_person(
    platform: Platform, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    notes = (CopyNote("b", "changed", torn=True), CopyNote("a", "its flag x could not be kept"))
    monkeypatch.setattr(adopt_copy, "copy_tree", lambda *_, **__: CopyResult(2, 2, 1, 0, notes))
    ctx, heard = platform.context()
    copy = tmp_path / "copy"
    adopt_copy.copy_part(ctx, HOST, copy, tmp_path / "set", tmp_path / "set/files", ())
    assert heard.notes == [
        ("info", "a: its flag x could not be kept"),
        ("warning", f"{copy}: b: changed"),
    ]
    assert ctx.facts.of(HOST).notes == ["b: changed", "a: its flag x could not be kept"]
