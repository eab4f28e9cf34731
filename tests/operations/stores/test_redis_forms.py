"""Redis in each of its forms, with the real server: saved, lost, restored, and put back."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from pryv_tui.operations.services.rescue import after_stop, before_stop
from pryv_tui.operations.steps.bringing_back.place_redis import PlaceRedis
from pryv_tui.operations.steps.taking.check_store import CheckStore
from pryv_tui.operations.stores.redis import Redis
from pryv_tui.vault.redis_saved import place_form
from tests.operations.redis_kit import SECRET, needs_redis
from tests.operations.stores.redis_forms import (
    FORMS,
    LAYOUT,
    PEOPLE,
    TEMPLATE,
    Make,
    make,
    plain,
    switched_off,
)

__all__ = ["make"]

pytestmark = needs_redis


def turns_of(form: str) -> list[pytest.MarkDecorator]:
    return [pytest.mark.each_turn] if FORMS[form] == (TEMPLATE, plain) else []


@pytest.mark.parametrize("form", [pytest.param(each, marks=turns_of(each)) for each in FORMS])
def test_saved_lost_restored_and_put_back(form: str, make: Make, tmp_path: Path) -> None:
    conf, prepare = FORMS[form]
    machine = make(*conf)
    (machine.data / "inner").mkdir()
    password = prepare(machine)
    options: tuple[str, ...] = ()
    if password == "keeper":
        machine.start()
        password, options = SECRET, ("--user", "keeper")
        for name in PEOPLE:
            machine.cli(*options, "HSET", f"{name}:users", "id", name, password=SECRET)

    def users() -> list[str]:
        told = machine.cli(*options, "--scan", "--pattern", "*:users", password=password)
        return sorted(key.removesuffix(":users") for key in told.split())

    assert users() == sorted(PEOPLE)
    ctx, heard = machine.context(tmp_path)
    holds = Redis().dump(ctx, "register")
    files = tmp_path / "part/files"
    shutil.copytree(machine.root, files)
    ctx.facts.of("register").stores["redis"] = holds
    CheckStore(
        host="register", store="redis", layout=LAYOUT, destination=str(files.parent)
    ).perform(ctx)
    kept = ctx.facts.of("register").stores["redis"]
    assert kept["users"] == len(PEOPLE)

    # Life goes on, then a restore begins: it stops what runs and moves it aside.
    machine.cli(*options, "HSET", "newcomer:users", "id", "1", password=password)
    lived = users()
    rescued = before_stop(ctx, "register", "pryvio_redis")
    machine.stop()
    after_stop(ctx, rescued)
    aside = tmp_path / "aside"
    machine.root.rename(aside)
    shutil.copytree(files, machine.root)
    if place_form(kept) is not None:
        PlaceRedis(host="register", root=str(machine.root), holds=kept).perform(ctx)
    machine.start()
    password = password if "set while it runs" not in form else ""
    assert users() == sorted(PEOPLE)
    Redis().compare(machine.context(tmp_path)[0], "register", kept)

    # And the undo.
    again, _ = machine.context(tmp_path, "UNDO")
    rescued = before_stop(again, "register", "pryvio_redis")
    machine.stop()
    after_stop(again, rescued)
    shutil.rmtree(machine.root)
    aside.rename(machine.root)
    machine.start()
    assert users() == lived
    told = " ".join([*ctx.facts.checks, *ctx.facts.warnings, *map(str, heard.notes)])
    assert SECRET not in told + heard.printed.decode()
    assert not any(SECRET in word for argv in machine.asked for word in argv)


def test_the_register_with_its_append_only_file_switched_off_is_no_quiet_success(
    make: Make, tmp_path: Path
) -> None:
    machine = make()
    switched_off(machine)
    ctx, _heard = machine.context(tmp_path)
    Redis().dump(ctx, "register")
    assert not any("rewritten" in check for check in ctx.facts.checks), ctx.facts.checks
    assert any("snapshot redis_dump.rdb saved" in check for check in ctx.facts.checks)
    (warned,) = ctx.facts.warnings
    assert "switched off" in warned
