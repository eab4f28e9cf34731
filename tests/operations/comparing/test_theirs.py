"""Sets of another platform of the same domain in one vault: none of them is this one's backup."""

from __future__ import annotations

import json
import re
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from pryv_tui.clock import timestamp
from pryv_tui.drills.of_a_set import set_to_drill
from pryv_tui.errors import PryvTuiError
from pryv_tui.operations.comparing.former import former_sets
from pryv_tui.operations.comparing.theirs import Apart, mine, of_one_source, told_apart
from pryv_tui.operations.guards import doctor as doctor_lines
from pryv_tui.operations.lost.here import missing_here
from pryv_tui.operations.overview.backup_words import told
from pryv_tui.operations.overview.last_backup import LastBackup, backup_now
from pryv_tui.operations.overview.overview import Overview, overview
from pryv_tui.operations.sets.missing_roles import OWN_FOLDERS
from pryv_tui.operations.sets.retention import KeepRules, judge
from pryv_tui.operations.settings.resolve import resolve_settings
from pryv_tui.operations.site import open_site
from pryv_tui.platform.roles import RoleName
from pryv_tui.practice.platform import PracticePlatform
from pryv_tui.vault.sets import BackupSet
from tests.operations.audit.test_whose import Pair, keep_only
from tests.operations.kit import manifest_of, part, set_of

EMPTIED = "the containers are here, but no file of its own"


def look(pair: Pair) -> Overview:
    site = pair.site
    return overview(site, site.discover())


def backup_of(pair: Pair) -> LastBackup:
    found = look(pair).backup
    assert found is not None
    return found


def own_into_the_vault(pair: Pair, *words: str) -> str:
    """A set of the platform here in the vault that both use; its id."""
    done = pair.type("backup", "--quiet", *words)
    assert done.exit_code in (0, 3), done.output
    return pair.site.vault.sets()[-1].id


def test_a_foreign_set_is_nobodys_last_backup(tmp_path: Path) -> None:
    pair = Pair(tmp_path)
    found = look(pair)
    assert found.last is None and found.backup is not None
    assert (found.backup.state, found.backup.newest, found.backup.others) == ("none", None, 1)
    (told,) = [one for one in found.attention if "no backup set of this platform" in one.text]
    assert told.level == "warning" and pair.set in told.text
    assert "none of the set's 4 accounts is among the 4 of this platform" in told.text
    assert "Take one: pryv-tui backup" in told.remedy and f"accept whose/{pair.set}" in told.remedy
    assert not any("There is no backup set yet" in one.text for one in found.attention)

    # As the command says it, in `status` and in `doctor`.
    said = pair.type("status").output
    assert "none of this platform" in said and "no backup set of this platform" in said
    lines = doctor_lines(pair.site, pair.site.discover(), None)
    (line,) = [one for one in lines if one.name == "sets of another platform"]
    assert line.outcome == "warning" and pair.set in line.text
    assert f"whose/{pair.set}" in line.remedy, "once, where it is told whose the sets are"
    (last,) = [one for one in lines if one.name == "last backup"]
    assert "none of this platform" in last.text and last.outcome == "warning"
    assert last.remedy == "Take one: pryv-tui backup"


def test_a_foreign_set_counts_for_nothing_and_an_own_one_is_not_said_to(tmp_path: Path) -> None:
    pair = Pair(tmp_path)
    site = pair.site
    apart = told_apart(site, site.discover(), site.vault.sets())
    assert "by its accounts, and counts for nothing here" in apart.words
    assert "none of this platform; 1 set of its domain is another platform's" in told(
        backup_of(pair)
    )
    pair.backup(pair.other)
    apart = told_apart(site, site.discover(), site.vault.sets())
    assert "by their accounts, and count for nothing here" in apart.words
    pair.of_itself()
    apart = told_apart(pair.site, pair.site.discover(), pair.site.vault.sets())
    assert "for nothing here" not in apart.words and apart == Apart()
    assert "none of this platform" not in told(backup_of(pair))


def test_an_overdue_backup_stays_overdue_beside_a_new_foreign_set(tmp_path: Path) -> None:
    pair = Pair(tmp_path)
    site = pair.site
    site.settings = replace(site.settings, backup_every=3600.0)
    found = backup_now(
        site, site.discover(), site.vault.sets(), lambda _ids: (), None, in_doubt=False
    )
    assert found.overdue and found.state == "overdue" and found.newest is None


def test_the_own_set_is_the_last_one_whatever_is_newer(tmp_path: Path) -> None:
    pair = Pair(tmp_path)
    own = own_into_the_vault(pair)
    pair.backup(pair.other)
    found = look(pair)
    assert found.sets[-1].id != own
    assert found.last is not None and found.last.id == own
    assert found.backup is not None and (found.backup.others, found.backup.doubt) == (2, "")
    (told,) = [one for one in found.attention if "another platform of the same domain" in one.text]
    assert told.level == "info" and told.text.startswith("2 sets in the vault are of another")
    shown = json.loads(pair.type("status", "--json").stdout)
    assert shown["last_backup"]["id"] == own and shown["backup"]["doubt"] is None
    foreign = [one.id for one in found.sets if one.id != own]
    assert [one["set"] for one in shown["backup"]["others"]] == foreign
    why = "none of the set's 4 accounts is among the 4 of this platform"
    assert {one["why"] for one in shown["backup"]["others"]} == {why}
    asked = pair.type("restore").output
    assert own in asked and found.sets[-1].id not in asked


def test_a_loss_is_told_by_own_sets_and_brought_back_from_them(tmp_path: Path) -> None:
    pair = Pair(tmp_path, "cluster")
    own = own_into_the_vault(pair)
    pair.backup(pair.other)
    PracticePlatform.open(pair.here).wipe("core")
    site = pair.site
    deployment = site.discover()
    (gone,) = missing_here(site, deployment, site.vault.sets())
    assert gone.holder is not None and (gone.roles, gone.holder.id) == (("core",), own)
    assert look(pair).lost == {"core": own}


def test_no_role_is_missing_that_another_platform_had(tmp_path: Path) -> None:
    """The other one has a register here, this platform never had."""
    pair = Pair(tmp_path, "cluster")
    own_into_the_vault(pair, "--role", "core")
    pair.backup(pair.other)
    site = pair.site
    deployment = site.discover()
    alone = replace(deployment, hosts=deployment.hosts_of("core"))
    assert missing_here(site, alone, site.vault.sets()) == ()


def test_prune_counts_none_of_them_and_takes_none(tmp_path: Path) -> None:
    pair = Pair(tmp_path)
    own = own_into_the_vault(pair)
    pair.backup(pair.other)
    site = pair.site
    deployment, sets = site.discover(), site.vault.sets()
    others = told_apart(site, deployment, sets, most=None).others
    assert set(others) == {one.id for one in sets} - {own}
    judged = judge(sets, KeepRules(last=1), domain=deployment.domain, practice=True, others=others)
    reasons = {one.set_id: one.why for one in judged}
    assert all(one.keep for one in judged)
    assert "the last set" in reasons[own]
    assert all("another platform of the same domain" in reasons[name] for name in others)
    said = pair.type("prune", "--keep-last", "1", "--dry-run")
    assert said.output.count("another platform of the same domain") == 2, said.output


def test_the_newest_set_that_is_drilled_is_an_own_one(tmp_path: Path) -> None:
    pair = Pair(tmp_path)
    foreign = pair.set
    # Where there is no other, none is meant, and it says why.
    with pytest.raises(PryvTuiError, match=f"no complete set of this platform.*{foreign}"):
        set_to_drill(pair.site, "latest")
    own = own_into_the_vault(pair)
    assert set_to_drill(pair.site, "latest").id == own
    pair.backup(pair.other)
    assert pair.site.vault.resolve("latest").id != own
    assert set_to_drill(pair.site, "latest").id == own
    assert set_to_drill(pair.site, foreign).id == foreign, "it is named, and refused as it is"


def test_an_incident_names_no_foreign_set(tmp_path: Path) -> None:
    pair = Pair(tmp_path, "cluster")
    own = own_into_the_vault(pair)
    pair.backup(pair.other)
    PracticePlatform.open(pair.here).wipe("core")
    assert pair.type("status").exit_code == 3
    said = pair.type("report").output
    assert own in said, said
    # An incident that was opened in the same second begins with the same digits.
    assert not re.search(rf"{pair.site.vault.sets()[-1].id}(?!-incident)", said)


# A machine that was built anew.


def anew(pair: Pair, users: int) -> str:
    """The platform here is lost with its machine, and installed anew: the set of before."""
    before = own_into_the_vault(pair)
    shutil.rmtree(pair.here)
    PracticePlatform.create(pair.here, form="single-node", users=users, attachments=0, seed=2001)
    return before


def test_a_machine_built_anew_has_no_backup_until_somebody_says_whose_the_set_is(
    tmp_path: Path,
) -> None:
    pair = Pair(tmp_path)
    before = anew(pair, users=4)
    found = look(pair)
    assert found.last is None
    (told,) = [one for one in found.attention if "no backup set of this platform" in one.text]
    assert before in told.text
    said = pair.type("accept", f"whose/{before}")
    assert said.exit_code == 0, said.output
    known = look(pair)
    assert known.last is not None and known.last.id == before
    # It is restored, and is its own by its accounts from then on.
    done = pair.type("restore", before, "--confirm", pair.site.discover().domain, "--quiet")
    assert done.exit_code in (0, 3), done.output
    after = look(pair)
    assert after.last is not None and after.last.id == before
    assert after.backup is not None and after.backup.doubt == ""


@pytest.mark.parametrize("role", ["core", "register"])
def test_a_role_without_its_files_is_gone_whoever_s_the_sets_are(
    tmp_path: Path, role: RoleName
) -> None:
    pair = Pair(tmp_path)
    before = anew(pair, users=4)
    assert not any(EMPTIED in one.text for one in look(pair).attention)
    (root,) = pair.here.glob("hosts/*/root")
    for folder in OWN_FOLDERS[role]:
        shutil.rmtree(root / folder)
    (told,) = [one for one in look(pair).attention if EMPTIED in one.text]
    assert told.level == "failed" and f"{role.capitalize()} is gone" in told.text
    assert f"accept whose/{before}" in told.remedy and "--vault DIR" in told.remedy
    done = pair.type("status")
    assert done.exit_code == 3 and f"{role.capitalize()} is gone" in " ".join(done.output.split())
    # What is advised: then the set of before counts, and brings it back.
    assert pair.type("accept", f"whose/{before}").exit_code == 0
    after = look(pair)
    assert role in after.lost
    assert not any(EMPTIED in one.text for one in after.attention)


@pytest.mark.parametrize("role", ["core", "register"])
def test_a_role_without_its_files_is_brought_back_from_the_vault_that_holds_it(
    tmp_path: Path, role: RoleName
) -> None:
    """Beside a vault that holds sets of another platform alone; with the folders above its data."""
    pair = Pair(tmp_path)
    done = pair.type("backup", "--quiet", vault=False)
    assert done.exit_code == 0, done.output
    (own,) = open_site(resolve_settings(practice=str(pair.here), environment={})).vault.sets()
    (root,) = pair.here.glob("hosts/*/root")
    for folder in OWN_FOLDERS[role]:
        shutil.rmtree(root / folder)
    (told,) = [one for one in look(pair).attention if EMPTIED in one.text]
    assert (
        "back: if another vault holds a set of this platform, name that vault: --vault DIR"
        in told.remedy
    )
    vault = ("--vault", str(own.folder.parent))
    said = pair.type("status", *vault, vault=False)
    assert own.id in said.output and EMPTIED not in " ".join(said.output.split())
    domain = pair.site.discover().domain
    back = ("restore", own.id, "--confirm", domain, "--quiet", *vault)
    done = pair.type(*back, vault=False)
    if role == "core":
        # Its databases still see the folders that were removed: whether that is wanted is asked.
        assert done.exit_code == 4 and "If none of that data is wanted" in done.output
        for container in sorted(set(re.findall(r"containers stop (\w+)", done.output))):
            assert pair.type("containers", "stop", container, vault=False).exit_code == 0
        done = pair.type(*back, vault=False)
    assert done.exit_code in (0, 3), done.output
    assert not any(EMPTIED in one.text for one in look(pair).attention)


def test_a_role_that_is_not_here_and_that_only_others_sets_hold_is_said_to_be_not_known(
    tmp_path: Path,
) -> None:
    """With its machine the state folder was lost: nothing tells that this platform had it."""
    pair = Pair(tmp_path)
    anew(pair, users=4)
    shutil.rmtree(pair.site.state)
    asked = "of which no file is found here: whether this platform had it is not known"
    assert not any(asked in one.text for one in look(pair).attention)
    PracticePlatform.open(pair.here).wipe("core")
    (told,) = [one for one in look(pair).attention if asked in one.text]
    assert "They hold core" in told.text


@pytest.mark.parametrize("users", [0, 2])
def test_one_with_few_accounts_finds_its_sets_and_says_what_is_not_known(
    tmp_path: Path, users: int
) -> None:
    """As on the worst night: whoever has tried the new installation has an account or two."""
    pair = Pair(tmp_path)
    pair.of_itself()
    (before,) = pair.site.vault.sets()
    shutil.rmtree(pair.here)
    PracticePlatform.create(pair.here, form="single-node", users=users, attachments=0, seed=2001)
    found = look(pair)
    assert found.last is not None and found.last.id == before.id
    assert found.backup is not None and "fewer than 3 accounts are here" in found.backup.doubt
    said = pair.type("status").output
    assert "not known whether it is this platform's" in " ".join(said.split())
    shown = json.loads(pair.type("status", "--json").stdout)
    assert shown["last_backup"]["id"] == before.id
    assert shown["backup"]["doubt"] == "fewer than 3 accounts are here"
    assert shown["backup"]["others"] == []


def test_where_everything_is_lost_every_set_is_found(tmp_path: Path) -> None:
    pair = Pair(tmp_path)
    for role in ("core", "register", "static-web"):
        PracticePlatform.open(pair.here).wipe(role)
    site = pair.site
    deployment = replace(site.discover(), hosts=())
    assert told_apart(site, deployment, site.vault.sets()) == Apart()
    assert [one.id for one in mine(site, deployment, site.vault.sets())] == [pair.set]


def test_a_platform_that_lost_most_accounts_keeps_its_sets(tmp_path: Path) -> None:
    pair = Pair(tmp_path)
    pair.of_itself()
    keep_only(pair.index, 1)
    found = look(pair)
    assert found.last is not None and found.backup is not None
    assert (found.backup.others, found.backup.doubt) == (0, "")
    site = pair.site
    assert former_sets(site, site.discover(), site.vault.sets()) == []


def test_what_was_not_looked_at_is_counted_and_no_part_of_what_was(tmp_path: Path) -> None:
    """Many sources would keep a person waiting: those of older sets count, and it is said."""
    pair = Pair(tmp_path)
    own = own_into_the_vault(pair)
    pair.backup(pair.other)
    site = pair.site
    found = site.discover()
    sets = site.vault.sets()
    older, newer = [one.id for one in sets if one.id != own]
    for most, others, unlooked in ((None, [older, newer], 0), (2, [newer], 1), (1, [newer], 2)):
        told = told_apart(site, found, sets, most=most)
        assert (list(told.others), len(told.doubts)) == (others, unlooked)
        assert list(told.doubts.values()) == ["only newer sets were looked at"] * unlooked
        assert told.words.startswith(
            "2 sets in the vault are of another platform"
            if not unlooked
            else "at least 1 set in the vault is of another platform"
        )
        tail = {
            0: f"(the newest {newer}: ",
            1: "; 1 more was not looked at",
            2: "; 2 more were not looked at",
        }
        assert tail[unlooked] in told.words
        assert ("not looked at" in told.words) == bool(unlooked)
        # What was not looked at counts, and whose it is is said to be not known.
        assert (older in [one.id for one in told.mine(sets)]) == bool(unlooked)


def test_a_set_without_accounts_counts_and_is_said_to_be_not_known(tmp_path: Path) -> None:
    pair = Pair(tmp_path, "cluster")
    pair.of_itself("--role", "static-web")
    found = look(pair)
    assert found.last is not None and found.backup is not None
    assert found.backup.doubt == "it holds neither core nor register"


# Sets that are linked to each other are of one source.


def linked(name: str, to: str = "", files: int = 3) -> BackupSet:
    at = timestamp(datetime(2026, 11, 1, tzinfo=UTC) + timedelta(hours=int(name)))
    host = replace(part("single", "core"), linked_from=to, linked_files=files if to else 0)
    return replace(set_of(manifest_of(host, created=at)), id=name)


def test_linked_sets_are_one_group_also_where_what_they_were_linked_to_is_gone() -> None:
    sets = [
        linked("1"), linked("2", "1"), linked("3"), linked("4", "0"), linked("5", "2"),
        linked("6", "0"), linked("7", "3", files=0),
    ]  # fmt: skip
    told = [[one.id for one in group] for group in of_one_source(sets)]
    # Nothing was linked to 3: that it was tried tells nothing.
    assert told == [["7"], ["4", "6"], ["1", "2", "5"], ["3"]]
