"""Life goes on during a backup of the real platform: the audit names exactly what lost its half."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from pryv_tui.operations.site import resolve_settings
from pryv_tui.runs.start import start_run

from . import people
from .conftest import MakePlatform
from .platform import wait_for
from .test_journey import Operator, _tail

pytestmark = pytest.mark.engine


def test_what_came_in_at_known_moments_is_named_and_nothing_else(
    make_platform: MakePlatform, tmp_path: Path
) -> None:
    platform = make_platform("single-node", users=2, points=5, events=10, attachments=1)
    operator = Operator(platform, tmp_path)
    (machine,) = platform.machines
    settings = resolve_settings(
        docker=machine.engine.url,
        root=str(machine.root),
        vault=str(operator.vault),
        state=str(tmp_path / "state"),
        environment={},
    )

    def attached() -> set[str]:
        """Every attached file of the platform, by its path under the root."""
        users = machine.root.glob("pryv/core/data/users/*/*/*/*/attachments/*/*")
        return {str(path.relative_to(machine.root)) for path in users}

    before = attached()

    def after_the_dump() -> None:
        platform.add_user("late", events=2, points=3)
        platform.add_attachment(platform.people[0])

    life: dict[str, Callable[[], object]] = {
        "dump-mongodb": after_the_dump,
        "copy-ahead-accounts": lambda: platform.add_user("later", points=0),
        "copy-ahead-redis": lambda: platform.add_user("latest", points=0),
    }
    worker = (sys.executable, "-m", "tests.real.pausing", json.dumps(list(life)))
    record = start_run(settings, "backup", worker=worker)
    folder = Path(record.folder)
    for moment, act in life.items():
        wait_for(f"the end of {moment}", (folder / f"at-{moment}").exists)
        act()
        (folder / f"go-{moment}").touch()
    backup = operator.run("attach", record.id, "--json")
    assert backup.exit == 0, _tail(backup)

    audit = operator.run("audit", "latest", "--json")
    assert audit.exit == 3, audit.err
    late = people.Person("late")
    assert audit.json["accounts"] == {"register_only": ["later"], "core_only": []}
    assert audit.json["attachments"] == {
        "without_event": sorted(attached() - before),
        "missing": [],
    }
    assert attached() - before
    assert audit.json["series"] == {
        "without_account": [],
        "without_event": [f"user.late/event.{people.event_id(late, 0)}"],
    }
    assert audit.json["not_checked"] == []
