"""A link in a set, where a dump should be, leads no check to what is not in the set."""

from __future__ import annotations

import os
from pathlib import Path

import bson
import pytest

from pryv_tui.errors import PryvTuiError
from pryv_tui.operations.sets.verify import _check_store
from pryv_tui.operations.steps.taking.check_store import CheckStore
from pryv_tui.platform.layout import resolve_layout
from tests.hosts.machines import StillHost, machine
from tests.operations.kit import context

CORE = resolve_layout(("core",), "/var/pryv", {})
REGISTER = resolve_layout(("register",), "/var/pryv", {})
HOLDS = {"database": "pryv-node", "collections": {"events": 1}}


def dump(folder: Path) -> None:
    database = folder / "pryv-node"
    database.mkdir(parents=True)
    (database / "events.bson").write_bytes(bson.encode({"_id": 1}))
    (database / "events.metadata.json").write_text("{}")


@pytest.mark.parametrize("relative", [False, True])
@pytest.mark.parametrize("way", ["", "pryv", "pryv/mongodb", "pryv/mongodb/backup"])
def test_a_backup_whose_dump_was_reached_through_a_link_is_not_complete(
    tmp_path: Path, way: str, relative: bool
) -> None:
    files = tmp_path / "SET.partial/core/files"
    dump(files / "pryv/mongodb/backup")
    if way:
        (files / way).rename(tmp_path / "live")
        goal = os.path.relpath(tmp_path / "live", (files / way).parent)
        (files / way).symlink_to(goal if relative else tmp_path / "live")
    ctx, _heard = context(tmp_path, StillHost("core", machine("core")))
    ctx.facts.of("core").stores["mongodb"] = HOLDS
    step = CheckStore(host="core", store="mongodb", destination=str(files.parent), layout=CORE)
    if not way:
        step.perform(ctx)
        _check_store("mongodb", files, CORE, HOLDS, ())
        return
    words = f"{way}, in the set, is a symbolic link. Links are not followed"
    with pytest.raises(PryvTuiError, match=words) as caught:
        step.perform(ctx)
    assert caught.value.name == "check-failed"
    with pytest.raises(PryvTuiError, match=words):
        _check_store("mongodb", files, CORE, HOLDS, ())


@pytest.mark.parametrize("store", ["influxdb", "redis"])
def test_so_it_is_with_each_store(tmp_path: Path, store: str) -> None:
    layout = REGISTER if store == "redis" else CORE
    place = layout.stores[store].dump or layout.stores[store].data
    (tmp_path / "files" / place).parent.mkdir(parents=True)
    (tmp_path / "files" / place).symlink_to(tmp_path)
    with pytest.raises(PryvTuiError, match=f"{place}, in the set, is a symbolic link"):
        _check_store(store, tmp_path / "files", layout, {}, ())
