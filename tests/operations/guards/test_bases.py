"""Which set a backup links to, and what the plan says of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
import msgspec
import pytest
from click.testing import CliRunner
from msgspec import structs

from pryv_tui.cli.base.options import linking_options
from pryv_tui.errors import PryvTuiError
from pryv_tui.operations.plans.backup import backup_plan
from pryv_tui.operations.sets.parent import (
    is_of_use,
    linking_line,
    parent_of,
    proof_of,
)
from pryv_tui.operations.steps.taking.copy_ahead import CopyAhead
from pryv_tui.operations.steps.taking.copy_root import CopyRoot, link_dest_words
from pryv_tui.vault.checks import Verification
from pryv_tui.vault.copying.parent import Parent
from pryv_tui.vault.files.linking import Proof
from pryv_tui.vault.files.types import Linking
from pryv_tui.vault.manifest import SetManifest
from pryv_tui.vault.sets import BackupSet, Unfinished
from pryv_tui.vault.vault import Vault
from tests.operations.kit import DOMAIN, deployed, manifest_of, part, set_of

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
        assert "Files that 20260104T000000Z.partial had already copied are read" in told

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
            "there is no set here that unchanged" in line
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
