"""Each file that is read, with every kind of damage, through every command: it is one damaged
thing, with a name, and everything else goes on."""

from __future__ import annotations

import json
import re
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner, Result

from pryv_tui.cli.main import cli
from pryv_tui.operations.root.marker import Marker, write_marker
from pryv_tui.operations.settings.resolve import Settings, resolve_settings
from pryv_tui.operations.site import open_site
from pryv_tui.runs.record.history import all_runs
from pryv_tui.vault.checks import Verification, keep_check
from pryv_tui.vault.sets import Unfinished
from tests.damage.kinds import DAMAGE
from tests.helpers import copied
from tests.helpers.runs import run_to_its_end

COMMANDS = (
    ("status",),
    ("status", "--json"),
    ("doctor",),
    ("list",),
    ("list", "--json"),
    ("runs",),
    ("runs", "--json"),
    ("recover",),
)


class Place:
    """A platform with two sets, one in the making, and runs."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.settings: Settings = resolve_settings(practice=str(folder / "p"), environment={})
        self.state, self.vault = Path(self.settings.state), Path(self.settings.vault)

    @property
    def files(self) -> dict[str, Path]:
        # The earlier one, as `runs` has them: two ids of one second say nothing of their order.
        runs = [Path(run.folder) for run in all_runs(self.state)]
        sets = sorted(path for path in self.vault.iterdir() if path.is_dir())
        root = open_site(self.settings).discover().hosts[0].root
        assert root is not None
        return {
            "request.json": runs[0] / "request.json",
            "worker.json": runs[0] / "worker.json",
            "journal.jsonl": runs[0] / "journal.jsonl",
            "set.json": sets[0] / "set.json",
            "verified.json": sets[0] / "verified.json",
            "checks.json": sets[0] / "checks.json",
            "RESTORE.md": sets[0] / "RESTORE.md",
            "set.sha256": sets[0] / "set.sha256",
            "unfinished.json": sets[-1] / "unfinished.json",
            "restoring.json": Path(root) / ".pryv-tui/restoring.json",
            "platform.yml": Path(root) / "config-leader/conf/platform.yml",
            "interface.json": self.state / "interface.json",
        }

    def run(self, *words: str) -> Result:
        return CliRunner().invoke(cli, [*words, "--practice", str(self.folder / "p")])


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Place:
    folder = tmp_path_factory.mktemp("damage")
    copied.new(folder / "p", users=1, attachments=0)
    place = Place(folder)
    for _ in range(2):
        run_to_its_end(place.settings, "backup")
    vault = open_site(place.settings).vault
    first, second = vault.sets()
    for backup in (first, second):
        check = Verification(time="2026-01-02T03:04:05Z", outcome="good", files=1, bytes=2)
        keep_check(backup.folder, check)
    about = Unfinished(practice=True, domain="practice.pryv.example", roots={})
    vault.begin(vault.new_id("later"), about)
    (place.state / "interface.json").write_bytes(b'{"theme":"dark","watched":"x"}\n')
    root = open_site(place.settings).discover().hosts[0].root
    assert root is not None
    (Path(root) / "config-leader/conf").mkdir(parents=True, exist_ok=True)
    if not (Path(root) / "config-leader/conf/platform.yml").exists():
        (Path(root) / "config-leader/conf/platform.yml").write_text('{"DOMAIN": "a.example"}\n')
    return place


NAMES = (
    "request.json", "worker.json", "journal.jsonl", "set.json", "verified.json", "checks.json",
    "RESTORE.md", "set.sha256", "unfinished.json", "restoring.json", "platform.yml",
    "interface.json",
)  # fmt: skip
HIDDEN = re.compile(r"Traceback|internal|A bug in this program")


@pytest.mark.parametrize("damage", DAMAGE)
@pytest.mark.parametrize("name", NAMES)
def test_one_damaged_thing_is_one_damaged_thing(made: Place, name: str, damage: str) -> None:
    site = open_site(made.settings)
    if name == "restoring.json":
        root = Path(site.discover().hosts[0].root or "")
        (root / ".pryv-tui").mkdir(exist_ok=True)
        write_marker(root, Marker(run="R", set_id="S", started="then"))
    path = made.files[name]
    before = path.read_bytes()
    try:
        try:
            DAMAGE[damage](path)
        except (AssertionError, UnicodeDecodeError):
            pytest.skip("this file has nothing of the kind")
        told = {}
        for words in COMMANDS:
            if words == ("recover",) and name == "restoring.json":
                continue  # it would go on with it: see tests/runs/test_on_disk.py
            done = made.run(*words)
            assert done.exception is None or isinstance(done.exception, SystemExit), (
                words,
                done.exception,
            )
            assert not HIDDEN.search(done.output), (words, done.output)
            assert done.exit_code in (0, 1, 3), (words, done.output)
            if "--json" in words:
                json.loads(done.output)
            told[words] = done.output
        sets = json.loads(told["list", "--json"])
        assert [one["state"] for one in sets][1] == "complete", "the good set is none the worse"
        assert len(sets) == 3
        runs = json.loads(told["runs", "--json"])
        assert len(runs) == 2
        assert runs[1]["outcome"] is not None
        # It is named where it is looked for, if it says something else now.
        if damage in ("one byte flipped", "deep", "a pipe", "cut off", "garbled"):
            if name in ("verified.json", "checks.json"):
                assert f"{name} can't be read" in told["status",]
                assert sets[0]["state"] == "complete"
                assert name in str(sets[0]["unread"])
            elif name == "unfinished.json":
                assert f"{name} can't be read" in told["status",]
            elif name in ("request.json", "worker.json"):
                assert f"{name} can't be read" in told["runs",]
                assert f"{name} can't be read" in told["recover",]
                assert runs[0]["kind"] == "backup"
            elif name == "set.json":
                assert sets[0]["state"] == "damaged"
                assert sets[0]["problem"]
        if name == "restoring.json" and damage not in ("a link to nothing",):
            assert "half-restored" in told["status",] or "half-way" in told["status",]
    finally:
        if path.is_dir() and not path.is_symlink():
            path.rmdir()
        else:
            path.unlink()
        if name != "restoring.json":
            path.write_bytes(before)


def test_nothing_was_left_spoilt(made: Place) -> None:
    """What the test above puts back: it would else pass for nothing."""
    assert [backup.state for backup in open_site(made.settings).vault.sets()] == [
        "complete", "complete", "partial",
    ]  # fmt: skip
    assert all(not record.problems for record in all_runs(made.state))
    assert msgspec.json.decode(made.run("list", "--json").output)[0]["unread"] == []


def test_a_new_backup_goes_on_beside_all_of_it(tmp_path: Path) -> None:
    """Everything that earlier runs have left is damaged at once, in one way or another.

    Not so what tells the vault from any other folder, `vaults.json` and the vault's own mark: no
    other is taken for it unasked (`tests/remedies/places/test_places.py`).
    """
    copied.new(tmp_path / "p", users=1, attachments=0)
    place = Place(tmp_path)
    run_to_its_end(place.settings, "backup")
    (first,) = open_site(place.settings).vault.sets()
    check = Verification(time="2026-01-02T03:04:05Z", outcome="good", files=1, bytes=2)
    keep_check(first.folder, check)
    (place.state / "accepted.jsonl").write_text('{"v":1,"event":"accepted","key":"a"}\n')
    left = [
        *(path for name, path in place.files.items() if path.exists() and name != "platform.yml"),
        *(first.folder / "single" / name for name in ("SHA256SUMS", "TREE", "INDEX")),
        place.state / "accepted.jsonl",
    ]
    assert len(left) == 12
    kept = {path: path.read_bytes() for path in left}
    kinds = ("one byte flipped", "deep", "a pipe", "endless")
    for number in (1, 2):
        for at, path in enumerate(left):
            damage = kinds[(at + 2 * number) % len(kinds)]
            lists = path.name in ("SHA256SUMS", "TREE", "INDEX", "RESTORE.md", "set.sha256")
            # They are no JSON, of which that would be a kind.
            DAMAGE["garbled" if lists and damage == "one byte flipped" else damage](path)
        done = place.run("backup")
        made = {one.id for one in open_site(place.settings).vault.sets() if one.state == "complete"}
        assert done.exit_code in (0, 3), done.output
        assert not HIDDEN.search(done.output), done.output
        assert len(made - {first.id}) == number
        for path, content in kept.items():
            path.unlink()
            path.write_bytes(content)
