"""InfluxDB whose points were dropped, and whose databases are still there, holds nothing of what
the set holds: its server is asked, and where it does not answer that is not known."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from pryv_tui.errors import PryvTuiError
from pryv_tui.operations.emptied import asked
from pryv_tui.operations.emptied.files import with_points
from pryv_tui.operations.emptied.here import lost_data
from pryv_tui.practice.stores.influx import InfluxStore
from tests.operations.emptied.test_emptied import (
    CORE,
    DOMAIN,
    root_of,
    site_of,
    status,
    told_everywhere,
)
from tests.remedies.shell import Shell

DATA = "pryv/influxdb/data"
WHAT = "the data of influxdb is"


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return Shell.with_set(tmp_path / "p", form="cluster", users=3)


def names_of(shell: Shell) -> list[str]:
    """The databases of which the set holds points."""
    manifest = site_of(shell).vault.sets()[-1].need("read")
    (part,) = [one for one in manifest.hosts if one.name == CORE]
    return with_points(part)


def drop_points(shell: Shell, names: list[str]) -> None:
    """As `DROP SERIES FROM /.*/` does: the databases stay."""
    store = InfluxStore(root_of(shell, CORE) / DATA)
    for name in names:
        for one in store.measurements(name):
            store.drop_measurement(name, one)
        assert name in store.databases() and not store.measurements(name)


def test_one_without_any_point_is_not_up_and_what_is_advised_brings_them_back(
    shell: Shell,
) -> None:
    assert status(shell)[0] == 0 and len(names_of(shell)) > 1
    drop_points(shell, names_of(shell))
    told_everywhere(shell, CORE, WHAT, word="partly")
    assert "its server holds no point of them" in status(shell)[2]
    done = shell.type("restore", shell.latest, "--role", "core", "--confirm", DOMAIN)
    assert done.exit in (0, 3), done
    assert "gone (" not in status(shell)[2]


def test_one_with_points_in_a_single_database_holds_something(shell: Shell) -> None:
    drop_points(shell, names_of(shell)[1:])
    exit_code, _, said = status(shell)
    assert exit_code == 0 and "no point" not in said


@pytest.mark.parametrize(
    "error", [PryvTuiError("step-failed", "it wants a password"), OSError(5, "x")]
)
def test_one_that_can_not_be_asked_is_not_known_and_never_emptied(
    shell: Shell, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    drop_points(shell, names_of(shell))

    def dark(*_given: Any, **_more: Any) -> Any:
        raise error

    monkeypatch.setattr(asked, "measurements", dark)
    exit_code, _, said = status(shell)
    assert exit_code == 0 and "gone (" not in said
    assert "whether influxdb holds any of the data of" in said and "is not known" in said
    assert "UNKNOWN data core core" in shell.type("doctor").out


def test_what_was_emptied_and_stopped_stays_said(shell: Shell) -> None:
    drop_points(shell, names_of(shell))
    status(shell)
    done = shell.type("containers", "stop", "pryvio_influxdb", "--host", CORE)
    assert done.exit in (0, 3), done
    assert f"{WHAT} gone, as far as is known (" in status(shell)[2]


@pytest.mark.parametrize("known", [True, False])
def test_of_erased_accounts_nothing_is_missed(
    shell: Shell, monkeypatch: pytest.MonkeyPatch, known: bool
) -> None:
    """Whose accounts they were can't be told where core has no readable index: that is said."""
    from pryv_tui.operations.audit import accounts

    drop_points(shell, names_of(shell))
    names: frozenset[str] | None = frozenset() if known else None
    index = accounts.Accounts(names, "" if known else "it can't be read")
    monkeypatch.setattr(accounts, "indexed_now", lambda *_given: index)
    site = site_of(shell)
    found = lost_data(site, site.discover(), site.vault.sets(), every=True)
    told = [one.how for one in found.gone if one.service == "influxdb"]
    if known:
        assert not told and not found.untold
    else:
        (how,) = told
        assert how.endswith("whether their accounts were erased since is not known")
