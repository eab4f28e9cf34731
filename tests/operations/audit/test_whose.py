"""Two platforms of one domain, with the same machines and roles: whose a set is."""

from __future__ import annotations

import re
import shlex
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NamedTuple

import pytest
from click.testing import CliRunner, Result

from pryv_tui.cli.main import cli
from pryv_tui.errors import ERRORS
from pryv_tui.hosts.deployment import HostState
from pryv_tui.operations.audit.accounts import INDEX, Accounts
from pryv_tui.operations.audit.whose import ASKED_SECONDS, CHOOSE, Mark, compared, key_of_set, whose
from pryv_tui.operations.containers.waiting import QUESTION_SECONDS
from pryv_tui.operations.settings.resolve import resolve_settings
from pryv_tui.operations.site import Site, open_site
from pryv_tui.practice.platform import PracticePlatform
from pryv_tui.practice.settings import PracticeForm
from pryv_tui.runs.record.events import StepStarted
from pryv_tui.runs.record.history import all_runs
from pryv_tui.runs.record.journal import JournalReader
from pryv_tui.vault.seal import seal
from pryv_tui.vault.sets import BackupSet
from tests.helpers import copied

REFUSED = ERRORS["refused"].exit


class Pair:
    """Two platforms of one domain and form; the one here looks into the other's vault."""

    def __init__(
        self, folder: Path, form: PracticeForm = "single-node", users: int = 4, other: int = 1001
    ) -> None:
        self.here, self.other = folder / "here", folder / "other"
        copied.new(self.here, form=form, users=users, attachments=2)
        copied.with_set(self.other, form=form, users=users, attachments=2, seed=other)

    @property
    def site(self) -> Site:
        vault = resolve_settings(practice=str(self.other), environment={}).vault
        return open_site(resolve_settings(practice=str(self.here), vault=vault, environment={}))

    @property
    def set(self) -> str:
        return self.site.vault.resolve("latest").id

    def backup(self, of: Path, *words: str) -> None:
        done = CliRunner().invoke(cli, ["backup", "--quiet", "--practice", str(of), *words])
        assert done.exit_code == 0, done.output

    def type(self, *words: str, vault: bool = True) -> Result:
        at = ["--vault", str(self.site.vault.folder)] if vault else []
        return CliRunner().invoke(cli, [*words, "--practice", str(self.here), *at])

    def mark(self) -> Mark:
        site = self.site
        marks = whose(site, site.discover(), site.vault.resolve("latest"))
        assert [one.name for one in marks] == ["domain", "platform"] and marks[0].fits
        return marks[1]

    @property
    def index(self) -> Path:
        """Core's index of names here."""
        (found,) = (one for one in self.here.glob(f"hosts/*/root/{INDEX}"))
        return found

    def of_itself(self, *words: str) -> None:
        """Have the vault be that of the platform here, with a set of it."""
        self.other = self.here
        self.backup(self.here, *words)


def keep_only(index: Path, count: int) -> None:
    """Leave so many accounts in an index of user names."""
    with closing(sqlite3.connect(index)) as database:
        keep = "SELECT username FROM id4name ORDER BY username LIMIT ?"
        database.execute(f"DELETE FROM id4name WHERE username NOT IN ({keep})", (count,))
        database.commit()


def anew(index: Path, first: str = "z") -> None:
    """All accounts of an index have other ids, as in a core that was exchanged."""
    with closing(sqlite3.connect(index)) as database:
        (column,) = {one[1] for one in database.execute("PRAGMA table_info(id4name)")} - {
            "username"
        }
        database.execute(f"UPDATE id4name SET {column} = '{first}' || substr({column}, 2)")
        database.commit()


@pytest.mark.parametrize("form", ["single-node", "cluster"])
def test_a_set_of_the_other_is_not_drilled_restored_or_audited(
    tmp_path: Path, form: PracticeForm
) -> None:
    pair = Pair(tmp_path, form)
    before = PracticePlatform.open(pair.here).contents()
    site = pair.site
    assert site.vault.resolve("latest").need("read").domain == site.discover().domain
    told = pair.mark()
    assert not told.fits and told.remedy.startswith(f"{CHOOSE}. ")
    assert "none of the set's 4 accounts is among the 4 of this platform" in told.text

    drilled = pair.type("drill", "run", pair.set)
    restored = pair.type("restore", pair.set, "--confirm", site.discover().domain)
    audited = pair.type("audit", pair.set, "--live")
    for done in (drilled, restored, audited):
        assert "the set is of another platform with the same domain" in done.output, done.output
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
    assert "move the content of the roots elsewhere" in told.output
    root, engine = pair.here / "hosts/single/root", pair.site.hosts[0].engine
    for one in engine.containers():
        engine.stop(one.name)
    aside = tmp_path / "elsewhere"
    aside.mkdir()
    for each in list(root.iterdir()):
        shutil.move(each, aside / each.name)
    done = pair.type("restore", pair.set, "--confirm", domain, "--quiet")
    assert done.exit_code == 0, done.output


@pytest.mark.parametrize("role", ["register", "core"])
def test_a_set_of_one_role_of_the_other_is_told_too(tmp_path: Path, role: str) -> None:
    pair = Pair(tmp_path, "cluster")
    pair.backup(pair.other, "--role", role)
    told = pair.mark()
    assert not told.fits
    assert told.text.startswith("none of the set's 4 accounts is among the 4 of this platform")


def test_a_platform_that_lost_accounts_is_still_the_same(tmp_path: Path) -> None:
    pair = Pair(tmp_path)
    pair.of_itself()
    keep_only(pair.index, 1)
    told = pair.mark()
    assert told == Mark("platform", True, "of the set's 4 accounts 1 is here")
    assert "none of the set's" not in told.text


def test_a_name_that_both_have_makes_them_not_one(tmp_path: Path) -> None:
    """Everybody has a `test`."""
    pair = Pair(tmp_path)
    with closing(sqlite3.connect(pair.index)) as database:
        database.execute("UPDATE id4name SET username = 'fanny' WHERE username = 'anna'")
        database.commit()
    told = pair.mark()
    assert not told.fits
    assert told.text.startswith(
        "1 of the set's 4 accounts has its name among the 5 of this platform"
    )


@pytest.mark.parametrize("users", [0, 2])
def test_too_few_accounts_tell_nothing_and_that_is_said(tmp_path: Path, users: int) -> None:
    """As where it was installed anew after a loss, and tried."""
    pair = Pair(tmp_path)
    shutil.rmtree(pair.here)
    PracticePlatform.create(pair.here, form="single-node", users=users, attachments=users, seed=1)
    told = pair.mark()
    assert told.fits
    assert told.text == "known by its domain alone: fewer than 3 accounts are here"


def test_whom_nobody_could_ask_for_all_accounts_says_so(tmp_path: Path) -> None:
    """A core that can't be read is not one without accounts; register knows each of them."""
    pair = Pair(tmp_path)
    pair.index.write_bytes(b"no database")
    assert not pair.mark().fits
    engine = pair.site.hosts[0].engine
    engine.stop(next(one.name for one in engine.containers() if "redis" in one.name))
    told = pair.mark()
    assert told.fits and "known by its domain alone: " in told.text
    assert "fewer than" not in told.text


def test_a_role_that_is_gone_is_not_told_as_one_with_few_accounts(tmp_path: Path) -> None:
    pair = Pair(tmp_path, "cluster")
    pair.of_itself()
    PracticePlatform.open(pair.here).wipe("core")
    assert pair.mark() == Mark("platform", True, "of the set's 4 accounts 4 are known here by name")
    PracticePlatform.open(pair.here).wipe("register")
    assert pair.mark().text == (
        "known by its domain alone: neither core nor register is here to be asked"
    )


@pytest.mark.parametrize(
    ("core", "register", "same"),
    [("core-2", False, None), ("core-1", False, False), ("core-2", True, False)],
)
def test_accounts_of_one_core_are_not_looked_for_on_another_where_no_register_tells_of_all(
    monkeypatch: pytest.MonkeyPatch, core: str, register: bool, same: bool | None
) -> None:
    """Core 1 is in the set, core 2 of the same platform is what lives: they share no account."""
    there, here = (Accounts(frozenset(names)) for names in (("a", "b", "c"), ("x", "y", "z")))
    monkeypatch.setattr("pryv_tui.operations.audit.whose.indexed_in", lambda _files, _host: there)
    machine: Any = SimpleNamespace(hosts_of=lambda _role: [SimpleNamespace(name=core)])
    asked: Any = SimpleNamespace(
        cores=[here], registers=[here] if register else [], deployment=machine, site=None
    )
    held = SimpleNamespace(hosts=[SimpleNamespace(name="core-1", roles=("core",))])
    held.run = ""  # of a set that says nothing of its run nobody looks for it
    backup: Any = SimpleNamespace(here=True, host_folder=Path, need=lambda _: held, manifest=held)
    told = compared(asked, backup)
    assert told.same is same, told
    assert ("no register tells" in told.why) is (same is None)


def test_a_set_without_accounts_says_so(tmp_path: Path) -> None:
    pair = Pair(tmp_path, "cluster")
    pair.of_itself("--role", "static-web")
    assert pair.mark().text.endswith("by its domain alone: it holds neither core nor register")


def test_a_set_whose_files_are_elsewhere_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pair = Pair(tmp_path)
    monkeypatch.setattr(BackupSet, "here", False)
    assert pair.mark().text.endswith("by its domain alone: its files are not here")


def test_a_platform_installed_anew_is_restored_once_somebody_says_so(tmp_path: Path) -> None:
    """The worst night: the machine is new, has been tried with accounts of its own, and knows none
    of the old ones. As the refusal says, in a terminal; what is here is moved aside, as ever."""
    pair = Pair(tmp_path)
    domain = pair.site.discover().domain
    told = pair.type("restore", pair.set, "--confirm", domain)
    assert told.exit_code == REFUSED
    command = re.search(r"say so: pryv-tui (.*accept whose/\S+)", told.output)
    assert command is not None, told.output
    # Of another set nothing is said by that, and where nobody has said it nothing is restored.
    wrong = pair.type("accept", "whose/another")
    assert wrong.exit_code == 2 and not pair.mark().fits
    said = CliRunner().invoke(cli, [*shlex.split(command[1]), "--why", "reinstalled"])
    assert said.exit_code == 0, said.output
    mark = pair.mark()
    assert mark.fits and "that the set is of this platform was accepted by" in mark.text
    assert pair.type("drill", "run", pair.set, "--quiet").exit_code in (0, 3)
    done = pair.type("restore", pair.set, "--confirm", domain)
    assert done.exit_code == 0, done.output
    # Its result and its report say by whose word it was done, and why.
    person = re.search(r"accepted by (\S+) on", mark.text)
    assert person is not None
    run = all_runs(pair.site.state)[-1].id
    filed = [
        pair.type("report", run),
        pair.type("attach", run),
        pair.type("report", run, "--format", "json"),
    ]
    for each in (done, *filed):
        lines = [line for line in each.output.splitlines() if "accepted by a person" in line]
        assert lines and all(
            f"accepted by {person[1]} on" in x and "reinstalled" in x for x in lines
        )
    # One that needed nobody's word says nothing of it.
    plain = pair.type("restore", pair.set, "--confirm", domain)
    assert plain.exit_code == 0 and "accepted by a person" not in plain.output
    assert "of the set's 4 accounts 4 are here" in pair.mark().text
    # A later set of the other platform is asked for anew.
    pair.backup(pair.other)
    shutil.rmtree(pair.here)
    PracticePlatform.create(pair.here, form="single-node", users=4, attachments=2, seed=1)
    assert not pair.mark().fits


def test_a_register_that_hangs_is_waited_for_a_bounded_time_and_that_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pair = Pair(tmp_path)
    waited: list[float] = []

    def hangs(
        engine: object, state: HostState, tell: object = None, seconds: float = 0
    ) -> Accounts:
        waited.append(seconds)
        return Accounts(None, f"{state.name}: redis-cli gave no output for {seconds:.0f} s")

    monkeypatch.setattr("pryv_tui.operations.audit.whose.registered_now", hangs)
    pair.index.write_bytes(b"no database")
    told = pair.mark()
    assert waited == [ASKED_SECONDS] and ASKED_SECONDS < QUESTION_SECONDS
    assert told.fits and told.text.startswith("known by its domain alone: ")


class Said(NamedTuple):
    """A platform of which somebody has said that the other's set is its own."""

    pair: Pair
    state: str

    def fits(self, here: Path, vault: Path) -> bool:
        """Whether the set of that id in a vault passes for a platform with that state folder."""
        site = open_site(
            resolve_settings(practice=str(here), vault=str(vault), state=self.state, environment={})
        )
        return whose(site, site.discover(), site.vault.resolve("latest"))[1].fits


@pytest.fixture
def said(tmp_path: Path) -> Said:
    pair = Pair(tmp_path)
    state = str(pair.site.state)
    done = pair.type("accept", key_of_set(pair.set))
    assert done.exit_code == 0 and pair.mark().fits, done.output
    return Said(pair, state)


def test_what_was_said_is_said_of_no_other_platform_with_that_state_folder(
    said: Said, tmp_path: Path
) -> None:
    vault = said.pair.site.vault.folder
    PracticePlatform.create(tmp_path / "third", users=4, attachments=1, seed=5)
    assert said.fits(said.pair.here, vault)
    assert not said.fits(tmp_path / "third", vault)


@pytest.mark.parametrize("what", ["its accounts", "its words"])
def test_nor_of_another_set_with_that_id(said: Said, tmp_path: Path, what: str) -> None:
    """In another vault: an id is a moment."""
    vault = Path(shutil.copytree(said.pair.site.vault.folder, tmp_path / "v"))
    assert said.fits(said.pair.here, vault)  # the same one, elsewhere
    if what == "its accounts":
        (index,) = vault.rglob("user-index.db")
        anew(index)
    else:
        (words,) = vault.rglob("set.json")
        words.write_bytes(words.read_bytes().rstrip() + b"\n\n")
        for each in vault.rglob("set.sha256"):
            seal(each.parent)
    assert not said.fits(said.pair.here, vault)


def test_the_plan_says_whose_the_set_is_and_the_run_asks_before_it_reads_the_set(
    tmp_path: Path,
) -> None:
    pair = Pair(tmp_path)
    planned = " ".join(pair.type("plan", "restore", pair.set).output.split())
    assert "This would be REFUSED: none of the set's 4 accounts is among the 4" in planned
    assert f"say so: pryv-tui accept whose/{pair.set}" in planned.replace(
        f" --practice {pair.here}", ""
    ).replace(f" --vault {pair.site.vault.folder}", "")
    done = pair.type("restore", pair.set, "--confirm", pair.site.discover().domain)
    assert done.exit_code == REFUSED
    assert "the set is of another platform with the same domain" in done.output
    run = all_runs(pair.site.state)[-1]
    events = JournalReader(run.journal).read()
    begun = [event.title for event in events if isinstance(event, StepStarted)]
    assert begun == ["Check that the set belongs to this platform and can be restored here"]


@pytest.mark.parametrize("users", [4, 1], ids=["its own", "too few to tell"])
def test_the_plan_of_a_set_that_passes_says_by_what(tmp_path: Path, users: int) -> None:
    pair = Pair(tmp_path, users=users)
    if users == 4:
        pair.of_itself()
    planned = " ".join(pair.type("plan", "restore", pair.set).output.split())
    assert "REFUSED" not in planned
    by = "of the set's 4 accounts 4 are here" if users == 4 else "known by its domain alone: fewer"
    assert f"The set's platform: {by}" in planned


def test_an_accepted_set_is_planned_by_whose_word(said: Said) -> None:
    planned = " ".join(said.pair.type("plan", "restore", said.pair.set).output.split())
    assert (
        "REFUSED" not in planned and "that the set is of this platform was accepted by" in planned
    )
