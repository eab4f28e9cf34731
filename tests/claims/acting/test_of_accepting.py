"""What is said of an acceptance that could not be written as it has to be: what counts then."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from pryv_tui.errors import PryvTuiError
from pryv_tui.operations import acceptance
from pryv_tui.operations.acceptance import Acceptable, accept, read_accepted, withdraw
from pryv_tui.operations.sets.known_vaults import KEY as VAULT
from pryv_tui.runs import accepting
from pryv_tui.runs.accepting import accept_keys, withdraw_keys
from tests.hosts.machines import StillHost
from tests.operations.kit import context

ONE, OTHER = (Acceptable(key=key, about="a", text="a warning") for key in ("one", "other"))


def counts(state: Path, what: Acceptable = ONE) -> bool:
    return read_accepted(state).of(what.key, what.about) is not None


def broken(_descriptor: int) -> None:
    raise OSError(5, "Input/output error")


@pytest.mark.parametrize("back", [False, True])
def test_a_line_that_may_be_lost_is_not_said_to_be_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, back: bool
) -> None:
    """It is in the file, and read; only whether it lasts is not known."""
    if back:
        accept(tmp_path, ONE)
    monkeypatch.setattr(os, "fsync", broken)
    with pytest.raises(PryvTuiError) as caught:
        withdraw(tmp_path, "one") if back else accept(tmp_path, ONE)
    assert counts(tmp_path) is not back
    assert (
        "one counts as accepted, but that may not have reached the disk" in caught.value.what
    ) is not back
    assert (
        "one is no longer accepted, but that may not have reached the disk" in caught.value.what
    ) is back


@pytest.mark.parametrize("back", [False, True])
@pytest.mark.parametrize("cut", [1, 40])
def test_a_torn_line_counts_for_nothing_now_and_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, back: bool, cut: int
) -> None:
    """Also where its end alone is missing, which the next line would give it."""
    if back:
        accept(tmp_path, ONE)
    real = os.write
    with monkeypatch.context() as patch:
        patch.setattr(os, "write", lambda fd, content: real(fd, content[:-cut]))
        with pytest.raises(PryvTuiError) as caught:
            withdraw(tmp_path, "one") if back else accept(tmp_path, ONE)
    assert caught.value.name == "disk-full"
    assert ("one was not accepted" in caught.value.what) is not back
    assert ("one stays accepted" in caught.value.what) is back
    assert counts(tmp_path) is back
    accept(tmp_path, OTHER)
    assert counts(tmp_path) is back and counts(tmp_path, OTHER)


def test_what_was_done_before_one_that_failed_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ctx, _heard = context(tmp_path, StillHost("core"))
    site, real = ctx.site, acceptance._append

    def append(state: Path, line: Any) -> None:
        if line.key == "other":
            raise PryvTuiError("disk-full", "it can't be written. other was not accepted", "Do.")
        real(state, line)

    with monkeypatch.context() as patch:
        patch.setattr(acceptance, "_append", append)
        with pytest.raises(PryvTuiError) as caught:
            accept_keys(site, ["one", "other"], [ONE, OTHER])
        assert caught.value.what.endswith("other was not accepted; one was accepted")
        assert (caught.value.name, caught.value.remedy) == ("disk-full", "Do.")
    assert counts(site.state) and not counts(site.state, OTHER)
    with pytest.raises(PryvTuiError, match="'other' is accepted here"):
        withdraw_keys(site, ["one", "other"])
    assert counts(site.state), "one of them is none: all stay"
    accept(site.state, OTHER)
    with monkeypatch.context() as patch:
        patch.setattr(acceptance, "_append", append)
        with pytest.raises(PryvTuiError) as caught:
            withdraw_keys(site, ["one", "other"])
        assert caught.value.what.endswith("; one is no longer accepted")
    assert not counts(site.state) and counts(site.state, OTHER)


def test_a_vault_that_was_taken_is_told_where_who_took_it_can_not_be_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ctx, _heard = context(tmp_path, StillHost("core"))
    vault = Acceptable(key=VAULT, about="a", text="another vault")
    taken: list[object] = []
    monkeypatch.setattr(accepting, "remember", taken.append)
    monkeypatch.setattr(os, "write", lambda _fd, _content: 0)
    with pytest.raises(PryvTuiError) as caught:
        accept_keys(ctx.site, [vault.key], [vault])
    assert taken == [ctx.site]
    assert caught.value.what.endswith(f"; {ctx.site.vault.folder} is now the vault")
