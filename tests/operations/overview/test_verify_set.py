"""A set proves itself: a flipped bit is found, part by part or at once, and not forgotten."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import click
import pytest

from pryv_tui.cli.verify import Share
from pryv_tui.errors import PryvTuiError
from pryv_tui.operations.overview.as_json import set_json
from pryv_tui.operations.sets.verify import SHOWN, verify_set
from pryv_tui.operations.steps.sets.verify_set import VerifySet
from pryv_tui.tui.screens.sets import SetsScreen
from pryv_tui.vault.checks import Verification, next_part
from pryv_tui.vault.files.pieces import in_part
from pryv_tui.vault.files.types import Progress
from pryv_tui.vault.sets import BackupSet
from tests.operations.guards.based import Platform

HOST = "single-node"


@pytest.fixture(scope="module")
def pristine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A platform's folder with a set in its vault."""
    folder = tmp_path_factory.mktemp("pristine")
    platform = Platform(folder)
    (platform.root / "link").symlink_to("pryv")
    (platform.root / "empty").mkdir()
    platform.backup()
    assert platform.verify() == "good"
    return folder


class Kept:
    """A copy of that vault, to be spoilt."""

    def __init__(self, pristine: Path, folder: Path) -> None:
        self.platform = Platform(folder)
        shutil.copytree(pristine / "vault", folder / "vault", symlinks=True)
        self.vault = self.platform.vault
        self.id = self.vault.sets()[0].id

    @property
    def backup(self) -> BackupSet:
        return self.vault.resolve(self.id)

    @property
    def folder(self) -> Path:
        return self.backup.folder

    def found(self, parts: int = 1) -> bool:
        """Whether a check finds damage."""
        try:
            return verify_set(self.vault, self.backup, parts=parts).outcome == "bad"
        except PryvTuiError as error:
            assert error.name == "set-damaged"
            return True

    def refused(self) -> bool:
        """Whether a restore's first step does."""
        ctx, _ = self.platform.context()
        step = VerifySet(folder=str(self.folder), set_id=self.id, hosts=(HOST,))
        try:
            step.perform(ctx)
        except PryvTuiError as error:
            assert error.name == "set-damaged"
            return True
        return False


def test_what_is_not_named_of_much_damage_is_counted(tmp_path: Path) -> None:
    """Who reads twenty names of a thousand would take the rest for good."""
    platform = Platform(tmp_path)
    for number in range(SHOWN):
        (platform.root / f"pryv/core/data/more{number}").touch()
    platform.backup()
    (backup,) = platform.vault.sets()
    files = [path for path in (backup.folder / HOST / "files").rglob("*") if path.is_file()]
    assert len(files) > SHOWN + 1
    for path in files:
        path.unlink()
    problems = verify_set(platform.vault, backup).problems
    assert len([line for line in problems if line.endswith(" is missing")]) == SHOWN
    assert f"{HOST}: and {len(files) - SHOWN} more of these" in problems


@pytest.fixture
def kept(pristine: Path, tmp_path: Path) -> Kept:
    return Kept(pristine, tmp_path)


FILES = [
    "set.json",
    "set.sha256",
    "RESTORE.md",
    f"{HOST}/SHA256SUMS",
    f"{HOST}/TREE",
    f"{HOST}/INDEX",
    f"{HOST}/files/pryv/core/data/file2",
    f"{HOST}/files/pryv/mongodb/backup/events.bson",
]


def flip(path: Path, bit: int) -> None:
    content = bytearray(path.read_bytes())
    content[bit // 8] ^= 1 << bit % 8
    path.write_bytes(content)


@pytest.mark.parametrize("name", FILES)
def test_a_flipped_bit_anywhere_is_found_and_refused(kept: Kept, name: str) -> None:
    path = kept.folder / name
    whole = path.read_bytes()
    bits = 8 * len(whole)
    # The first and the last, and a sample between that meets every bit of a byte.
    for bit in sorted({0, 7, bits - 1, *range(3, bits, max(1, bits // 24) | 1)}):
        flip(path, bit)
        assert kept.found(), f"bit {bit} of {name}"
        assert kept.refused(), f"bit {bit} of {name}"
        path.write_bytes(whole)
    assert not kept.found()
    assert not kept.refused()


@pytest.mark.parametrize("name", FILES)
def test_a_file_that_is_gone_is_found_and_refused(kept: Kept, name: str) -> None:
    (kept.folder / name).unlink()
    assert kept.found()
    assert kept.refused()


def _relink(path: Path) -> None:
    path.unlink()
    path.symlink_to("prys")


def _astray(files: Path) -> None:
    _relink(files / "link")
    (files / "prys").symlink_to("pryv")


@pytest.mark.parametrize(
    "spoil",
    [
        lambda files: (files / "empty").chmod(0o701),
        lambda files: (files / "empty").rmdir(),
        lambda files: _relink(files / "link"),
        lambda files: (files / "pryv/core/data/file1").rename(files / "pryv/core/data/file!"),
        _astray,
    ],
)
def test_so_is_what_has_no_content(kept: Kept, spoil: Callable[[Path], object]) -> None:
    spoil(kept.folder / HOST / "files")
    for parts in (1, 1000):
        assert kept.found(parts), "names and folders are compared in each part"
    assert kept.refused()


class TestSamples:
    @pytest.mark.parametrize("parts", [2, 3, 20])
    def test_as_many_checks_as_parts_read_every_file_once(self, kept: Kept, parts: int) -> None:
        checks = [verify_set(kept.vault, kept.backup, parts=parts) for _ in range(parts)]
        assert [check.part for check in checks] == list(range(1, parts + 1))
        assert {check.outcome for check in checks} == {"good"}
        manifest = kept.backup.manifest
        assert manifest is not None
        assert sum(check.files for check in checks) == manifest.files
        assert sum(check.bytes for check in checks) == manifest.bytes
        assert verify_set(kept.vault, kept.backup, parts=parts).part == 1, "and begin again"

    @pytest.mark.parametrize("name", FILES[-2:])
    def test_damage_is_found_when_its_part_is_read_and_not_forgotten(
        self, kept: Kept, name: str
    ) -> None:
        flip(kept.folder / name, 5)
        path = name.removeprefix(f"{HOST}/files/").encode()
        outcomes = [verify_set(kept.vault, kept.backup, parts=4).outcome for _ in range(4)]
        expected = ["good"] * 4
        expected[next(n for n in range(4) if in_part(path, (n + 1, 4)))] = "bad"
        assert outcomes == expected
        assert kept.backup.state == "damaged", "what the other parts found later changes nothing"

    def test_of_the_rest_a_sample_sees_that_it_is_there_and_not_what_it_holds(
        self, kept: Kept
    ) -> None:
        """As the help of the sets says it."""
        said = "of all the rest it sees that it is there"
        assert (said in dict(SetsScreen.WORDS)["sample"]) is True
        name = FILES[-1]
        path = name.removeprefix(f"{HOST}/files/").encode()
        part = next(n for n in range(1, 5) if not in_part(path, (n, 4)))
        flip(kept.folder / name, 5)
        checks = {one.part: one.outcome for one in
                  (verify_set(kept.vault, kept.backup, parts=4) for _ in range(part))}  # fmt: skip
        assert checks[part] == "good", "another one reads it"
        (kept.folder / name).unlink()
        assert [kept.found(parts=1000) for _ in range(2)] == [True, True]

    def test_a_part_proves_nothing_of_the_whole(self, kept: Kept) -> None:
        before = kept.backup.verification
        verify_set(kept.vault, kept.backup, parts=2)
        assert kept.backup.verification == before
        told = set_json(kept.backup)
        assert before is not None
        assert told["verified"] == before.time
        assert (told["last_check"]["part"], told["last_check"]["parts"]) == (1, 2)
        assert [check.parts for check in kept.backup.checks] == [1, 2]

    def test_a_list_of_checks_that_is_no_list_is_begun_anew(self, kept: Kept) -> None:
        (kept.folder / "checks.json").write_text("{")
        assert kept.backup.checks == ()
        assert verify_set(kept.vault, kept.backup, parts=5).part == 1
        assert verify_set(kept.vault, kept.backup, parts=5).part == 2

    def test_other_shares_between_do_not_disturb_the_turn(self) -> None:
        checks = [Verification("t", "good", 1, 1, (), part, of) for part, of in
                  ((1, 20), (2, 20), (1, 4), (1, 1))]  # fmt: skip
        assert [next_part(checks, parts) for parts in (20, 4, 3)] == [3, 2, 1]

    @pytest.mark.parametrize(
        ("text", "parts"), [("5%", 20), ("5 %", 20), ("30%", 4), ("100%", 1), ("0.5%", 200)]
    )
    def test_shares(self, text: str, parts: int) -> None:
        assert Share().convert(text, None, None) == parts

    @pytest.mark.parametrize("text", ["", "5", "0%", "101%", "x%", "-5%", "0.01%"])
    def test_what_is_no_share(self, text: str) -> None:
        with pytest.raises(click.UsageError):
            Share().convert(text, None, None)


def test_damage_found_in_one_machines_part_is_kept(kept: Kept) -> None:
    """A restore of one role checks its machine alone; what it found counts for the set."""
    flip(kept.folder / FILES[-1], 5)
    assert kept.refused()
    assert kept.backup.state == "damaged"


def test_progress_ends_at_what_the_set_holds(kept: Kept) -> None:
    manifest = kept.backup.manifest
    assert manifest is not None
    told: list[Progress] = []
    found = verify_set(kept.vault, kept.backup, progress=told.append)
    whole = (manifest.files, manifest.bytes)
    assert (told[-1].files, told[-1].bytes) == (found.files, found.bytes) == whole
    assert all((one.total_files, one.total_bytes) == whole for one in told)


def test_of_a_part_it_is_not_said_how_much_that_is(kept: Kept) -> None:
    told: list[Progress] = []
    verify_set(kept.vault, kept.backup, parts=3, progress=told.append)
    assert told
    assert {(one.total_files, one.total_bytes) for one in told} == {(0, 0)}
