"""Two platforms of one domain, with the same machines and roles: whose a set is."""

from __future__ import annotations

import json
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from pryv_tui.cli.main import cli
from pryv_tui.errors import ERRORS
from pryv_tui.operations.audit.accounts import INDEX
from pryv_tui.operations.audit.whose import CHOOSE, LEADER, Mark, whose
from pryv_tui.operations.settings.resolve import resolve_settings
from pryv_tui.operations.site import Site, open_site
from pryv_tui.practice.platform import PracticePlatform
from pryv_tui.practice.settings import PracticeForm

KEY = "k3y-of-a-platform-that-nobody-may-see"
REFUSED = ERRORS["refused"].exit


class Pair:
    """Two platforms of one domain and form; the one here looks into the other's vault."""

    def __init__(self, folder: Path, form: PracticeForm = "single-node", users: int = 4) -> None:
        self.here, self.other = folder / "here", folder / "other"
        for seed, each in enumerate((self.here, self.other), 1):
            PracticePlatform.create(each, form=form, users=users, attachments=2, seed=seed)
        self.backup(self.other)

    @property
    def site(self) -> Site:
        vault = resolve_settings(practice=str(self.other), environment={}).vault
        return open_site(resolve_settings(practice=str(self.here), vault=vault, environment={}))

    @property
    def set(self) -> str:
        return self.site.vault.resolve("latest").id

    def backup(self, of: Path) -> None:
        done = CliRunner().invoke(cli, ["backup", "--quiet", "--practice", str(of)])
        assert done.exit_code == 0, done.output

    def type(self, *words: str, vault: bool = True) -> Result:
        at = ["--vault", str(self.site.vault.folder)] if vault else []
        return CliRunner().invoke(cli, [*words, "--practice", str(self.here), *at])

    def mark(self) -> Mark:
        site = self.site
        marks = whose(site, site.discover(), site.vault.resolve("latest"))
        assert [one.name for one in marks] == ["domain", "platform"] and marks[0].fits
        return marks[1]

    def trees(self) -> tuple[Path, Path]:
        """The files of the register's machine in the set, and its root here."""
        name = next(self.site.vault.resolve("latest").folder.glob("*/files/config-leader")).parent
        (root,) = (one.parent for one in self.here.glob("hosts/*/root/config-leader"))
        return name, root


def keep_only(index: Path, count: int) -> None:
    """Leave so many accounts in an index of user names."""
    with closing(sqlite3.connect(index)) as database:
        keep = "SELECT username FROM id4name ORDER BY username LIMIT ?"
        database.execute(f"DELETE FROM id4name WHERE username NOT IN ({keep})", (count,))
        database.commit()


def lead(tree: Path, group: str, **keys: str) -> None:
    (tree / LEADER).write_text(json.dumps({"http": {"port": 7000}, group: keys}))


@pytest.mark.parametrize("form", ["single-node", "cluster"])
def test_a_set_of_the_other_is_not_drilled_restored_or_audited(
    tmp_path: Path, form: PracticeForm
) -> None:
    pair = Pair(tmp_path, form)
    before = PracticePlatform.open(pair.here).contents()
    site = pair.site
    assert site.vault.resolve("latest").need("read").domain == site.discover().domain
    told = pair.mark()
    assert not told.fits and told.remedy == CHOOSE
    assert "none of the set's 4 accounts is among the 4 of this platform" in told.text

    drilled = pair.type("drill", "run", pair.set)
    restored = pair.type("restore", pair.set, "--confirm", site.discover().domain)
    audited = pair.type("audit", pair.set, "--live")
    for done in (drilled, restored, audited):
        assert "of another one of the same domain" in done.output, done.output
        assert "Choose a set of this platform" in done.output
    assert (restored.exit_code, audited.exit_code) == (REFUSED, REFUSED)
    assert PracticePlatform.open(pair.here).contents() == before

    # A set of its own passes, and says by what it is known.
    pair.backup(pair.here)
    assert pair.type("drill", "run", "--quiet", vault=False).exit_code == 0


def test_what_was_here_before_comes_back_once_the_roots_are_out_of_the_way(tmp_path: Path) -> None:
    """The way out that a refused restore names: what lives here now is kept."""
    pair = Pair(tmp_path)
    domain = pair.site.discover().domain
    told = pair.type("restore", pair.set, "--confirm", domain)
    assert "move what is in the roots elsewhere first" in told.output
    root, engine = pair.here / "hosts/single/root", pair.site.hosts[0].engine
    for one in engine.containers():
        engine.stop(one.name)
    aside = tmp_path / "elsewhere"
    aside.mkdir()
    for each in list(root.iterdir()):
        shutil.move(each, aside / each.name)
    done = pair.type("restore", pair.set, "--confirm", domain, "--quiet")
    assert done.exit_code == 0, done.output


def test_a_platform_that_lost_accounts_is_still_the_same(tmp_path: Path) -> None:
    pair = Pair(tmp_path)
    pair.other = pair.here
    pair.backup(pair.here)
    keep_only(pair.here / "hosts/single/root" / INDEX, 1)
    told = pair.mark()
    assert told == Mark("platform", True, "of the set's 4 accounts 1 is here")
    assert "none of the set's" not in told.text


@pytest.mark.parametrize("users", [0, 1])
def test_too_few_accounts_tell_nothing_and_that_is_said(tmp_path: Path, users: int) -> None:
    pair = Pair(tmp_path)
    keep_only(pair.here / "hosts/single/root" / INDEX, users)
    told = pair.mark()
    assert told.fits
    assert told.text == "the domain alone tells whose the set is: fewer than 3 accounts are here"


def test_where_there_is_no_index_the_domain_alone_tells_it(tmp_path: Path) -> None:
    pair = Pair(tmp_path)
    (pair.here / "hosts/single/root" / INDEX).unlink()
    told = pair.mark()
    assert told.fits and "the domain alone tells whose the set is" in told.text
    assert "has no index of user names" in told.text


@pytest.mark.parametrize("group", ["internals", "platform"])
def test_keys_of_the_config_leader_tell_where_accounts_are_few(tmp_path: Path, group: str) -> None:
    pair = Pair(tmp_path)
    keep_only(pair.here / "hosts/single/root" / INDEX, 1)
    held, here = pair.trees()
    lead(held, group, CORE_SYSTEM_KEY=KEY, MAIL_SMTP_HOST="mail.example.com")
    lead(here, group, CORE_SYSTEM_KEY=KEY[::-1], MAIL_SMTP_HOST="mail.example.com")
    told = pair.mark()  # as installed anew after a loss, and tried with one account
    assert told.fits and "the domain alone tells" in told.text
    assert KEY not in told.text

    # Keys that are changed one at a time, as people do, are still those of one platform.
    lead(held, group, CORE_SYSTEM_KEY=KEY, FILES_READ_TOKEN_SECRET=KEY)
    lead(here, group, CORE_SYSTEM_KEY=KEY[::-1], FILES_READ_TOKEN_SECRET=KEY)
    told = pair.mark()
    assert told == Mark("platform", True, "the set's config leader has keys of this platform")
    assert "none of the set's" not in told.text

    # What nobody has set yet is the same on every platform, and what is no JSON tells nothing.
    lead(held, group, CORE_SYSTEM_KEY="SECRET", REGISTER_ADMIN_KEY_1="REGISTER_ADMIN_KEY_1")
    lead(here, group, CORE_SYSTEM_KEY="SECRET", REGISTER_ADMIN_KEY_1="REGISTER_ADMIN_KEY_1")
    assert "the domain alone tells" in pair.mark().text
    (here / LEADER).write_bytes(b"\xff{[")
    assert "the domain alone tells" in pair.mark().text
