"""`latest` is the newest set of this platform, for every command; what nobody can tell is said."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from msgspec.structs import replace

from pryv_tui.drills.of_a_set import set_to_drill
from pryv_tui.errors import PryvTuiError
from pryv_tui.hosts.discovery import MACHINE_NAME
from pryv_tui.operations.comparing.meant import meant, set_meant
from pryv_tui.practice.platform import PracticePlatform
from tests.operations.audit.test_whose import Pair
from tests.operations.comparing.test_theirs import own_into_the_vault


@pytest.fixture
def pair(tmp_path: Path) -> Pair:
    return Pair(tmp_path)


def test_latest_is_the_newest_of_this_platform_for_every_command(pair: Pair) -> None:
    own = own_into_the_vault(pair)
    pair.backup(pair.other)
    foreign = pair.site.vault.resolve("latest").id
    assert foreign != own
    for words in (
        ("verify", "latest"),
        ("pin", "latest"),
        ("unpin", "latest"),
        ("audit", "latest"),
        ("audit", "latest", "--live"),
        ("plan", "restore", "latest"),
        ("plan", "restore"),
        ("restore", "latest"),
        ("restore", "latest", "--files", "pryv/core/conf/*"),
    ):
        said = pair.type(*words).output
        # InfluxDB calls the files of its dump by their second too, and a run begins with its own.
        assert own in said and not re.search(rf"{foreign}(?![.-])", said), (words, said)
        assert f"{own}, the newest set of this platform: 1 newer in the vault" in said, words
    said = pair.type("verify", own).output
    assert "would be of another platform" not in said and "found here" not in said
    assert "configured here" not in said
    kept = {one.id: one.verification is not None for one in pair.site.vault.sets()}
    assert kept[own] and not kept[foreign]


def test_where_all_sets_are_of_others_latest_is_none_of_them(pair: Pair) -> None:
    for words in (
        ("verify", "latest"),
        ("pin", "latest"),
        ("audit", "latest", "--live"),
        ("plan", "restore", "latest"),
        ("restore", "latest", "--confirm", "practice.pryv.example"),
        ("drill", "run"),
    ):
        done = pair.type(*words)
        assert done.exit_code == 4, (words, done.output)
        assert "holds no complete set of this platform: 1 set in the vault is of" in done.output
        assert f"accept whose/{pair.set}" in done.output, words
    (one,) = pair.site.vault.sets()
    assert one.pin is None and one.verification is None
    # Each of the two ways out: its name, as the list has it, and a person's word.
    assert pair.set in pair.type("list").output
    assert set_meant(pair.site, pair.set).id == pair.set
    assert pair.type("verify", pair.set).exit_code == 0
    assert pair.type("accept", f"whose/{pair.set}").exit_code == 0
    said = pair.type("verify", "latest")
    assert said.exit_code == 0 and "no complete set of this platform" not in said.output


def test_of_a_set_that_nobody_can_tell_it_is_said(pair: Pair) -> None:
    shutil.rmtree(pair.here)
    PracticePlatform.create(pair.here, form="single-node", users=2, attachments=0, seed=2001)
    found, note = meant(pair.site, "latest")
    assert found.id == pair.set
    assert note.endswith("is not known: fewer than 3 accounts are here.")
    assert note in " ".join(pair.type("verify", "latest").output.split())
    # With its name nobody was asked whose it is.
    assert "not known" not in pair.type("verify", pair.set).output


def test_where_nothing_is_left_the_domain_alone_tells(
    pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = PracticePlatform.open(pair.here)
    for role in ("core", "register", "static-web"):
        here.wipe(role)
    site = pair.site
    lost = replace(site.discover(), hosts=())
    monkeypatch.setattr(site, "discover", lambda: lost)
    found, note = meant(site, "latest")
    assert found.id == pair.set
    assert note.endswith("not known: nothing of a platform is found here.")
    assert "no domain is configured here" not in note
    unnamed = replace(lost, domain_source=MACHINE_NAME)
    monkeypatch.setattr(site, "discover", lambda: unnamed)
    found, note = meant(site, "latest")
    assert found.id == pair.set
    assert note.endswith("not known: no domain is configured here.")
    assert "nothing of a platform is found here" not in note


def test_where_nobody_can_look_it_is_told_why(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    site = pair.site

    def away() -> None:
        raise PryvTuiError("engine-unreachable", "no engine answers at unix:///x")

    monkeypatch.setattr(site, "discover", away)
    found, note = meant(site, "latest")
    assert found.id == pair.set
    assert note.endswith("not known: no engine answers at unix:///x.")


def test_a_drill_says_it_too(pair: Pair) -> None:
    own = own_into_the_vault(pair)
    pair.backup(pair.other)
    told: list[str] = []
    assert set_to_drill(pair.site, "latest", told.append).id == own
    assert len(told) == 1 and "1 newer in the vault would be of another platform" in told[0]
    assert set_to_drill(pair.site, own, told.append).id == own and len(told) == 1
