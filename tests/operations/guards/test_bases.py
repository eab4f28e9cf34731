"""Which set a backup links to, and what comes of it: from the plan to what the set says."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

import click
import msgspec
import pytest
from click.testing import CliRunner
from msgspec import structs

from pryv_tui.cli.base.options import linking_options
from pryv_tui.errors import PryvTuiError
from pryv_tui.hosts.deployment import HostState
from pryv_tui.operations.guards.place import SPACE_RESERVE, space_guard
from pryv_tui.operations.plans.backup import backup_plan
from pryv_tui.operations.sets.parent import (
    is_of_use,
    linking_line,
    parent_of,
    parents_for,
    proof_of,
)
from pryv_tui.operations.sets.verify import verify_set
from pryv_tui.operations.steps.bringing_back.copy_back import CopyBack
from pryv_tui.operations.steps.sets.complete_set import CompleteSet
from pryv_tui.operations.steps.taking.copy_ahead import CopyAhead
from pryv_tui.operations.steps.taking.copy_root import CopyRoot, link_dest_words
from pryv_tui.platform.layout import resolve_layout
from pryv_tui.platform.roles import ROLE_NAMES
from pryv_tui.vault.checks import Verification
from pryv_tui.vault.copying.parent import Parent
from pryv_tui.vault.files.linking import Proof
from pryv_tui.vault.files.types import Linking
from pryv_tui.vault.manifest import SetManifest
from pryv_tui.vault.parallel.engine import CopyEngine
from pryv_tui.vault.sets import BackupSet, Unfinished
from pryv_tui.vault.vault import Vault
from tests.hosts.machines import StillHost, machine
from tests.operations.kit import DOMAIN, Heard, context, deployed, manifest_of, part, set_of
from tests.vault.engine import GIVEN, at_once

GOOD = Verification("2026-01-02T00:00:00Z", "good", 1, 1)


def known(number: int, **more: Any) -> BackupSet:
    """A set that can be linked to, but for what is said."""
    fields = {"index": "i", "sums": "s", **more.pop("part", {})}
    host = part(more.pop("host", "core"), "core", root=more.pop("root", "/r"), **fields)
    told = {"verification": GOOD, **more.pop("is_now", {})}
    manifest: SetManifest = manifest_of(host, id=f"2026010{number}T000000Z", **more)
    return structs.replace(set_of(manifest), **told)


def chosen(*sets: BackupSet) -> str | None:
    base = parent_of(sets, practice=False, domain=DOMAIN, host="core", root="/r")
    return base.set_id if base else None


def begin(part: Path) -> None:
    """A machine's part of a set, with the first of its files."""
    (part / "files").mkdir(parents=True)
    (part / "SHA256SUMS").touch()
    (part / "INDEX").write_bytes(b"walk 0\nx 1 2 3 4 5\ns 1 3 3 4 5\n")


class TestWhich:
    def test_the_newest(self) -> None:
        assert chosen() is None
        assert chosen(known(1), known(2)) == "20260102T000000Z"

    @pytest.mark.parametrize(
        "odd",
        [
            {"is_now": {"verification": structs.replace(GOOD, outcome="bad")}},
            {"is_now": {"state": "damaged"}},
            {"is_now": {"state": "partial", "manifest": None}},
            {"practice": True},
            {"domain": "another.example"},
            {"host": "another"},
            {"root": "/another"},
            {"part": {"index": ""}},
            {"part": {"sums": ""}},
        ],
        ids=str,
    )
    def test_never_one_that_may_be_damaged_or_is_of_something_else(
        self, odd: dict[str, Any]
    ) -> None:
        assert chosen(known(1), known(2, **odd)) == "20260101T000000Z"
        assert chosen(known(2, **odd)) is None

    def test_one_that_nobody_verified_only_where_there_is_no_other(self) -> None:
        unverified = known(2, is_now={"verification": None})
        assert chosen(known(1), unverified) == "20260101T000000Z"
        base = parent_of([unverified], practice=False, domain=DOMAIN, host="core", root="/r")
        assert base is not None and not base.verified and not base.unfinished

    @pytest.mark.parametrize(
        ("about", "usable"),
        [
            (Unfinished(practice=False, domain=DOMAIN, roots={"core": "/r"}), True),
            (Unfinished(practice=True, domain=DOMAIN, roots={"core": "/r"}), False),
            (Unfinished(practice=False, domain="another.example", roots={"core": "/r"}), False),
            (Unfinished(practice=False, domain=DOMAIN, roots={"core": "/another"}), False),
            (Unfinished(practice=False, domain=DOMAIN, roots={"another": "/r"}), False),
            (None, False),
        ],
    )
    def test_what_did_not_finish_only_where_there_is_no_set(
        self, about: Unfinished | None, usable: bool
    ) -> None:
        partial = BackupSet(
            id="20260103T000000Z",
            path="/v/20260103T000000Z.partial",
            state="partial",
            unfinished=about,
        )
        older = structs.replace(partial, id="20260102T000000Z", path="/v/20260102T000000Z.partial")
        assert chosen(older, partial) == ("20260103T000000Z.partial" if usable else None)
        assert chosen(known(1), partial) == "20260101T000000Z"
        unverified = known(1, is_now={"verification": None})
        assert chosen(unverified, partial) == "20260101T000000Z"

    @pytest.mark.parametrize("verified", [True, False])
    def test_what_did_not_finish_after_a_set_comes_with_it(self, verified: bool) -> None:
        about = Unfinished(practice=False, domain=DOMAIN, roots={"core": "/r"})
        before, after, last = (
            BackupSet(
                id=f"2026010{number}T000000Z",
                path=f"/v/2026010{number}T000000Z.partial",
                state="partial",
                unfinished=about,
            )
            for number in (1, 3, 4)
        )
        made = known(2, is_now={"verification": GOOD if verified else None})
        there = [before, made, after, last]
        base = parent_of(there, practice=False, domain=DOMAIN, host="core", root="/r")
        assert base is not None and base.verified is verified
        assert base.set_id == "20260102T000000Z"
        assert base.partial is not None and base.partial.unfinished and not base.partial.verified
        assert base.partial.set_id == "20260104T000000Z.partial"
        alone = parent_of(there[:2], practice=False, domain=DOMAIN, host="core", root="/r")
        assert alone is not None and alone.partial is None, "what came before is in the set"
        told = linking_line({"core": base}, "unchanged")
        assert "What 20260104T000000Z.partial had copied before it stopped is read" in told

    def test_a_set_in_the_making_says_what_it_is_of_and_a_set_does_not(
        self, tmp_path: Path
    ) -> None:
        vault = Vault(tmp_path)
        about = Unfinished(practice=True, domain=DOMAIN, roots={"core": "/r"})
        partial = vault.begin("20260101T000000Z", about)
        (found,) = vault.sets()
        nothing = Unfinished(practice=True, domain=DOMAIN, roots={})
        assert (found.state, found.unfinished) == ("partial", nothing)
        begin(partial / "core")
        (found,) = vault.sets()
        assert (found.state, found.unfinished) == ("partial", about)
        vault.complete(partial, manifest_of(part("core", "core"), id="20260101T000000Z"), "guide")
        (found,) = vault.sets()
        assert (found.state, found.unfinished) == ("complete", None)
        assert not list(tmp_path.rglob("unfinished.json"))

    def test_what_was_left_is_of_use_until_a_later_one_holds_it(self) -> None:
        about = Unfinished(practice=False, domain=DOMAIN, roots={"core": "/r"})
        left = structs.replace(known(1), state="partial", manifest=None, unfinished=about)
        assert is_of_use(left, [])
        assert not is_of_use(left, [known(2)])
        assert not is_of_use(left, [structs.replace(left, id="20260102T000000Z")])
        # Those that a backup would not link to take nothing over.
        for other in (
            known(2, domain="other.example"),
            known(2, host="register"),
            known(2, root="/elsewhere"),
            known(2, is_now={"state": "damaged"}),
        ):
            assert is_of_use(left, [other])
        both = structs.replace(about, roots={"core": "/r", "register": "/r"})
        assert is_of_use(structs.replace(left, unfinished=both), [known(2)])
        assert not is_of_use(structs.replace(left, unfinished=None), [])

    def test_one_that_had_copied_nothing_hides_none_that_had(self, tmp_path: Path) -> None:
        """Stopped at its end, and then another in its first second: the first is what helps."""
        vault = Vault(tmp_path)
        about = Unfinished(practice=False, domain=DOMAIN, roots={"core": "/r"})
        begin(vault.begin("20260101T000000Z", about) / "core")
        vault.begin("20260102T000000Z", about)
        assert chosen(*vault.sets()) == "20260101T000000Z.partial"


class TestPlan:
    BASE = Parent(set_id="20260101T000000Z", folder="/v/x/core", index="i", sums="s")

    def plan(self, linking: Linking, parents: dict[str, Parent]) -> Any:
        return backup_plan(
            deployed("core", "register"),
            vault="/v",
            set_id="ID",
            run_id="RUN",
            parents=parents,
            linking=linking,
        )

    def test_each_copy_of_a_machine_links_to_its_own_part(self) -> None:
        made = self.plan("unchanged", {"core": self.BASE})
        copies = [s for s in made.steps if isinstance(s, CopyRoot | CopyAhead)]
        assert {(step.host, step.parent) for step in copies} == {
            ("core", self.BASE),
            ("register", None),
        }
        commands = " ".join(line for s in copies if s.host == "core" for line in s.command)
        assert commands.count("--link-dest=/v/x/core/files/") == 2
        assert any("20260101T000000Z are linked to it" in line for line in made.effects)

    def test_paranoid_compares_and_full_links_nothing(self) -> None:
        paranoid = self.plan("paranoid", {"core": self.BASE})
        told = " ".join(line for step in paranoid.steps for line in step.command)
        assert "--checksum --link-dest=" in told
        full = self.plan("full", {"core": self.BASE})
        told = " ".join(line for step in full.steps for line in step.command)
        assert "--link-dest" not in told
        assert "Every file is copied (--full)." in full.effects

    @pytest.mark.parametrize(
        ("asked", "about", "expected"),
        [
            ("unchanged", {}, Proof.TIMES),
            ("unchanged", {"verified": False}, Proof.PARENT_READ),
            ("unchanged", {"verified": False, "unsure": True}, Proof.BOTH_READ),
            ("paranoid", {}, Proof.BOTH_READ),
            ("paranoid", {"verified": False}, Proof.BOTH_READ),
        ],
    )
    def test_the_stricter_of_what_is_asked_and_what_the_parent_needs_holds(
        self, asked: Linking, about: dict[str, bool], expected: Proof
    ) -> None:
        """In the copy, in the command that is shown, and in what is said of it."""
        parent = msgspec.structs.replace(self.BASE, **about)
        assert max(proof_of(asked), parent.proof) is expected
        read = expected is not Proof.TIMES
        assert ("--checksum" in link_dest_words(parent, proof_of(asked))) == read
        assert ("read, compared" in linking_line({"core": parent}, asked)) == read

    def test_without_a_set_it_says_that_everything_is_copied(self) -> None:
        assert any(
            "no set here is one that unchanged" in line
            for line in self.plan("unchanged", {}).effects
        )

    @pytest.mark.parametrize(
        ("words", "expected"),
        [([], "unchanged"), (["--full"], "full"), (["--paranoid"], "paranoid")],
    )
    def test_the_options(self, words: list[str], expected: str) -> None:
        @click.command()
        @linking_options
        def told(linking: Linking) -> None:
            click.echo(linking)

        assert CliRunner().invoke(told, words).output.strip() == expected
        both = CliRunner().invoke(told, ["--full", "--paranoid"])
        assert isinstance(both.exception, PryvTuiError)
        assert both.exception.name == "usage"


class Platform:
    """A root that is backed up again and again, by the steps that a plan has for it."""

    def __init__(self, folder: Path, **settings: Any) -> None:
        """`settings`: of the engine that copies; as a rule nobody waits for the disk."""
        self.settings = {"sync": at_once, **settings}
        self.folder = folder
        self.root = folder / "root"
        (self.root / "pryv/core/data").mkdir(parents=True)
        (self.root / "pryv/mongodb/backup").mkdir(parents=True)
        (self.root / "pryv/mongodb/backup/events.bson").write_text("a dump")
        for number in range(5):
            (self.root / f"pryv/core/data/file{number}").write_text("x" * 1000)
        self.vault = Vault(folder / "vault")
        self.layout = resolve_layout(ROLE_NAMES, str(self.root), {})

    def engine(self) -> CopyEngine:
        return msgspec.structs.replace(GIVEN.engine, **self.settings)

    def context(self) -> Any:
        host = StillHost("single-node", machine("single-node"), root=self.root)
        return context(self.folder, host, copy_engine=self.engine())

    def backup(self, *, linking: Linking = "unchanged") -> tuple[Any, Heard]:
        ctx, heard = self.context()
        ctx.set_id = self.vault.new_id()
        partial = self.vault.begin(ctx.set_id)
        ctx.facts.set_folder = str(partial)
        state = ctx.deployment.hosts[0]
        parents = parents_for(
            self.vault.sets(), practice=True, domain=DOMAIN, hosts=ctx.deployment.hosts
        )
        words = {
            "host": state.name,
            "root": str(self.root),
            "destination": f"{partial}/{state.name}",
            "layout": self.layout,
            "roles": ROLE_NAMES,
            "parent": None if linking == "full" else parents.get(state.name),
            "proof": proof_of(linking),
        }
        CopyRoot(**words).perform(ctx)
        CompleteSet(
            vault=str(self.vault.folder), set_id=ctx.set_id, roles=ROLE_NAMES, hosts=(state.name,)
        ).perform(ctx)
        return ctx.manifest.hosts[0], heard

    def verify(self) -> str:
        latest = self.vault.resolve("latest")
        return verify_set(self.vault, latest, engine=self.engine()).outcome


@pytest.fixture
def platform(tmp_path: Path) -> Platform:
    return Platform(tmp_path, settled_ns=-(10**20))


class TestBackup:
    def test_the_second_after_a_verify_links_and_says_so(self, platform: Platform) -> None:
        first, _ = platform.backup()
        assert (first.linked_from, first.linked_files) == ("", 0)
        assert platform.verify() == "good"
        (platform.root / "pryv/core/data/file0").write_text("changed")
        base = platform.vault.resolve("latest").id
        second, heard = platform.backup()
        assert (second.linked_from, second.linked_files, second.linked_bytes) == (base, 4, 4000)
        assert second.files == first.files, "a set holds everything"
        (told,) = [text for _, text in heard.notes if "linked to the set" in text]
        assert told.startswith("single-node: 2 files, 13 bytes copied and hashed; 4 files")
        assert platform.verify() == "good"

    def test_nobody_verified_the_first_so_each_file_is_read(self, platform: Platform) -> None:
        platform.backup()
        files = Path(platform.vault.sets()[0].path) / "single-node/files/pryv/core/data"
        spoilt = files / "file3"
        times = spoilt.stat()
        spoilt.write_text("y" * 1000)
        os.utime(spoilt, ns=(times.st_atime_ns, times.st_mtime_ns))
        second, _ = platform.backup()
        assert second.linked_files == 4, "the one that was damaged since is copied"
        assert platform.verify() == "good"

    def test_what_a_backup_left_that_did_not_finish_is_used(self, platform: Platform) -> None:
        """Killed in its copy: what is listed is linked; a file damaged since is not."""
        whole, _ = platform.backup()
        (made,) = platform.vault.sets()
        folder = Path(made.path)
        for name in ("set.json", "set.sha256", "RESTORE.md"):
            (folder / name).unlink()
        about = Unfinished(practice=True, domain=DOMAIN, roots={"single-node": str(platform.root)})
        (folder / "unfinished.json").write_bytes(msgspec.json.encode(about))
        lists = [folder / "single-node" / name for name in ("INDEX", "SHA256SUMS")]
        for path in lists:
            path.write_bytes(path.read_bytes()[:-90])  # in the middle of a line
        (folder / "single-node/files/pryv/core/data/file0").write_text("z" * 1000)
        folder.rename(folder.with_name(folder.name + ".partial"))
        second, _ = platform.backup()
        assert second.files == whole.files
        assert 0 < second.linked_files < 5
        assert second.linked_from == f"{made.id}.partial"
        assert platform.verify() == "good"

    @pytest.mark.parametrize("harm", ["none", "set", "rest"])
    def test_beside_a_set_too_and_the_set_is_not_read_again(
        self, platform: Platform, harm: str
    ) -> None:
        """What was copied since is linked; where the lists of one can't be used, to the other."""
        platform.backup()
        (first,) = platform.vault.sets()
        assert platform.verify() == "good"
        for number in range(3):
            (platform.root / f"pryv/core/data/new{number}").write_text("n" * 500)
        whole, _ = platform.backup()
        made = platform.vault.sets()[-1]
        folder = Path(made.path)
        for name in ("set.json", "set.sha256", "RESTORE.md"):
            (folder / name).unlink()
        about = Unfinished(practice=True, domain=DOMAIN, roots={"single-node": str(platform.root)})
        (folder / "unfinished.json").write_bytes(msgspec.json.encode(about))
        if harm == "set":
            former = platform.vault.sets()[0].folder / "single-node/INDEX"
            former.write_bytes(former.read_bytes()[:-1])
        elif harm == "rest":
            (folder / "single-node/INDEX").unlink()
        folder.rename(folder.with_name(folder.name + ".partial"))
        second, heard = platform.backup()
        assert second.files == whole.files
        assert whole.linked_files == 5
        assert second.linked_files == {"none": 8, "set": 8, "rest": 5}[harm]
        if harm == "set":
            assert second.linked_from == f"{made.id}.partial"
            assert any("differs from its hash" in text for _, text in heard.notes)
        else:
            assert second.linked_from == first.id
        assert platform.verify() == "good"

    def test_the_former_set_may_go(self, platform: Platform) -> None:
        platform.backup()
        assert platform.verify() == "good"
        platform.backup()
        shutil.rmtree(platform.vault.sets()[0].path)
        assert platform.verify() == "good"

    def test_full_links_nothing(self, platform: Platform) -> None:
        platform.backup()
        assert platform.verify() == "good"
        host, _ = platform.backup(linking="full")
        assert (host.linked_from, host.linked_files) == ("", 0)

    def test_a_set_found_damaged_is_not_linked_to_again(self, platform: Platform) -> None:
        platform.backup()
        assert platform.verify() == "good"
        former = platform.vault.resolve("latest")
        rotten = former.folder / "single-node/files/pryv/core/data/file1"
        rotten.write_text("y" * 1000)
        assert verify_set(platform.vault, former).outcome == "bad"
        host, _ = platform.backup()
        assert host.linked_files == 0
        assert platform.verify() == "good"

    @pytest.mark.parametrize("name", ["INDEX", "SHA256SUMS"])
    def test_a_list_damaged_since_is_a_warning_and_all_is_copied(
        self, platform: Platform, name: str
    ) -> None:
        platform.backup()
        assert platform.verify() == "good"
        path = platform.vault.resolve("latest").folder / "single-node" / name
        path.write_bytes(path.read_bytes() + b"\n")
        host, heard = platform.backup()
        assert host.linked_files == 0
        (warned,) = [text for level, text in heard.notes if level == "warning"]
        assert name in warned
        assert platform.verify() == "good"

    def test_what_shares_files_comes_back_as_files_of_their_own(self, platform: Platform) -> None:
        for _ in range(3):
            platform.backup()
            assert platform.verify() == "good"
        backup = platform.vault.resolve("latest")
        assert backup.manifest is not None
        host = backup.manifest.hosts[0]
        back = platform.folder / "back"
        step = CopyBack(
            host=host.name,
            source=f"{backup.path}/{host.name}",
            root=str(back),
            files=host.files,
            bytes=host.bytes,
            folders=host.folders,
            recreated=(),
            links=host.links,
            index=host.index,
        )
        ctx, _ = platform.context()
        step.perform(ctx)
        inside = backup.folder / "single-node/files/pryv/core/data/file3"
        assert inside.stat().st_nlink == 3
        files = [path for path in back.rglob("*") if path.is_file()]
        assert [path.stat().st_nlink for path in files] == [1] * host.files

    def test_room_is_needed_for_what_changed_alone(
        self, platform: Platform, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for number in range(3):
            folder = platform.root / f"folder{number}"
            folder.mkdir()
            (folder / "big").write_bytes(b"x" * 1_000_000)
        platform.backup()
        assert platform.verify() == "good"
        ctx, _ = platform.context()
        hosts: list[HostState] = list(ctx.deployment.hosts)
        from pryv_tui.operations.guards import place

        monkeypatch.setattr(place, "free_bytes", lambda _: SPACE_RESERVE + 1_000_000)
        assert space_guard(ctx.site, hosts).outcome == "failed", "there is no room for all"
        line = space_guard(ctx.site, hosts, domain=DOMAIN, full=False)
        assert line.outcome == "ok"
        assert "unchanged files linked to" in line.text
        (platform.root / "folder2/big").write_bytes(b"y" * 1_500_000)
        assert space_guard(ctx.site, hosts, domain=DOMAIN, full=False).outcome == "failed"
