"""Names of accounts in which something acts or is not seen: compared as they are, shown so that
nothing in them can act."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from pryv_tui.operations.audit.from_set import audit_set
from pryv_tui.operations.audit.live import audit_live
from pryv_tui.operations.comparing.look import compare
from pryv_tui.operations.comparing.set_side import saved_holding
from pryv_tui.operations.site import open_site
from pryv_tui.practice.people import Account, account
from pryv_tui.practice.stores.redis import user_commands
from pryv_tui.vault.sets import BackupSet
from pryv_tui.vault.vault import Vault
from tests.remedies.shell import Shell

ODD = {
    "escape": "go\x1b[31mran",
    "its picture": "go\\x1b[31mran",
    "a control of the upper half": "an\x85na",
    "turned round": "be\u202ela",
    "a blank that does not break": "no\u00a0ra",
    "a blank": "le a",
    "no width": "ti\u200bm",
}
NOT_TEXT = b"da\xffn"


def odd_accounts(first: int, ending: str = "") -> list[Account]:
    return [replace(account(1, first + at), username=name + ending)
            for at, name in enumerate(ODD.values())]  # fmt: skip


class Odd:
    """A cluster on which every account but one is called oddly."""

    def __init__(self, folder: Path) -> None:
        self.shell = Shell.on_new(folder / "p", form="cluster")
        self.platform = self.shell.platform
        self.life = self.platform._life()
        self.born = odd_accounts(20)
        for one in self.born:
            self.life.register(one)
            self.life.settle(one)
        self.site = open_site(self.shell.settings)

    def taken(self) -> BackupSet:
        self.shell.backup()
        found = Vault(Path(self.shell.settings.vault)).latest()
        assert found is not None
        return found


@pytest.fixture(scope="module")
def odd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Odd]:
    yield Odd(tmp_path_factory.mktemp("odd"))


def test_register_and_core_mean_the_same_account_by_the_same_name(odd: Odd) -> None:
    live = audit_live(odd.site).found
    assert live.accounts == {"register_only": [], "core_only": []}
    backup = odd.taken()
    of_set = audit_set(backup)
    assert of_set.accounts == {"register_only": [], "core_only": []}
    assert not of_set.not_checked and not live.not_checked


def test_what_was_added_since_a_set_is_counted_once_and_shown_so_that_nothing_acts(
    odd: Odd,
) -> None:
    backup = odd.taken()
    late = odd_accounts(40, "2")
    for one in late:
        odd.life.register(one)
        odd.life.settle(one)
    names = tuple(sorted(one.username for one in late))
    found = compare(odd.site, odd.site.discover(), backup, ("core",))
    (chosen,) = [one for one in found.outcomes if one.chosen]
    assert (chosen.stranded.names, chosen.exposed.names) == (names, ())
    newer = {one.host: one.amount.names for one in found.newer if one.what == "accounts"}
    assert newer == {"core": names, "register": names}
    plan = odd.shell.type("plan", "restore", backup.id, "--role", "core")
    assert f"    {len(names)} names (an\ufffdna2, be\\u202ela2, go\u241b[31mran2, " in plan.out
    assert not set(plan.out) & set("\x1b\x85\u202e\u200b"), plan.out


def test_one_that_register_alone_has_is_named_as_it_is_for_programs_alone(odd: Odd) -> None:
    lone = "x\x1b[2Jy"
    odd.life.register(replace(account(1, 60), username=lone))
    try:
        told = odd.shell.type("audit", "--live", "--json")
        assert json.loads(told.out)["accounts"]["register_only"] == [lone]
        for words in (("audit", "--live"), ("audit", "--live", "--all")):
            shown = odd.shell.type(*words).out
            assert "x\u241b[2Jy" in shown and "\x1b" not in shown
    finally:
        odd.platform._life().places.redis.append([("DEL", f"{lone}:users")])


def test_a_name_that_is_no_text_is_one_name_in_the_set_and_now(odd: Odd) -> None:
    redis = odd.life.places.redis
    (_, *words), *_ = user_commands("x", "id", "e", 0, "core")
    redis.append([(b"HMSET", NOT_TEXT + b":users", *(word for word in words[1:]))])
    try:
        backup = odd.taken()
        found = compare(odd.site, odd.site.discover(), backup, ("register",))
        newer = {one.host: one.amount.names for one in found.newer if one.what == "accounts"}
        assert newer["register"] == ()
        assert backup.manifest is not None
        (part,) = [one for one in backup.manifest.hosts if "register" in one.roles]
        held = saved_holding(backup, part).registered
        assert held is not None and held.names is not None
        live = audit_live(odd.site).found
        assert set(live.names("accounts", "register_only")) <= set(held.names)
        assert len(live.names("accounts", "register_only")) == 1
    finally:
        redis.append([(b"DEL", NOT_TEXT + b":users")])
