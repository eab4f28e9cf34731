"""How an audit ends: a script takes 0 for all well, so what was not checked and could be is 3."""

from __future__ import annotations

from pathlib import Path

import pytest

from pryv_tui.operations.audit.from_set import Audit, NotChecked
from pryv_tui.platform.release import without_index
from tests.remedies.shell import Shell


@pytest.fixture(scope="module")
def shell(tmp_path_factory: pytest.TempPathFactory) -> Shell:
    return Shell.with_set(tmp_path_factory.mktemp("ends") / "p", users=1, attachments=1)


@pytest.mark.parametrize("stopped", ["", "influxdb", "redis"])
def test_a_live_audit_that_could_not_ask_a_store_ends_with_3(shell: Shell, stopped: str) -> None:
    if stopped:
        assert shell.type("containers", "stop", stopped).exit == 0
    ends = [shell.type("audit", "--live", *more) for more in ((), ("--json",), ("latest",))]
    if stopped:
        assert shell.type("containers", "start", stopped).exit == 0
    assert [one.exit for one in ends] == [3 if stopped else 0] * 3, ends
    assert (": not checked" in ends[0].out) is bool(stopped)


@pytest.mark.parametrize("harm", ["", "torn", "gone"])
def test_an_audit_of_a_set_of_which_a_file_does_not_tell_ends_with_3(
    shell: Shell, harm: str
) -> None:
    index = next((Path(shell.settings.vault) / shell.latest).rglob("user-index.db"))
    content = index.read_bytes()
    if harm == "torn":
        index.chmod(0o600)
        index.write_bytes(b"no database" * 9)
    elif harm:
        index.unlink()
    told = [shell.type("audit", "latest", *more) for more in ((), ("--json",))]
    index.write_bytes(content)
    assert [one.exit for one in told] == [3 if harm else 0] * 2, told
    assert ("Not checked: accounts" in told[0].out) is bool(harm)


def test_what_a_set_does_not_hold_needs_nobody(tmp_path: Path) -> None:
    made = Shell.on_new(tmp_path / "p", form="cluster", users=1, attachments=0)
    made.backup("--role", "register")
    told = made.type("audit", "latest")
    assert told.exit == 0 and "Not checked: accounts: the set does not hold core" in told.out


@pytest.mark.parametrize(("release", "old"), [("1.6.21", True), ("1.9.2", False), (None, False)])
def test_what_a_release_never_tells_needs_nobody(release: str | None, old: bool) -> None:
    assert without_index(release) is old
    item = NotChecked("accounts", "no index of names", without_index(release))
    found = Audit(set="S", accounts={}, attachments={}, series={}, not_checked=[item])
    assert (found.to_be_asked == []) is old
