"""What is said of each one, of every one and of none: where it is so, and where it is otherwise."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from pryv_tui.hosts.deployment import HostState
from pryv_tui.hosts.engine import ContainerState, Mount
from pryv_tui.hosts.ownership import Other
from pryv_tui.operations.activity import GoingOn
from pryv_tui.operations.guards.containers import others_guard
from pryv_tui.operations.guards.drill import _going_on_line
from pryv_tui.operations.guards.host import marker_guard
from pryv_tui.operations.overview.backup_words import backup_attention
from pryv_tui.operations.overview.last_backup import TryEnd
from pryv_tui.operations.root.marker import Marker, write_marker
from pryv_tui.platform.gap import notice
from pryv_tui.tui.text.container import more_text
from tests.hosts.machines import container
from tests.operations.guards.guarded import core_on, root_in
from tests.operations.overview.test_last_backup import ENDS, HOUR, a_try, found_of


def other_on(root: Path, state: ContainerState) -> HostState:
    mount = Mount(source=str(root), destination="/data", read_only=True)
    one = msgspec.structs.replace(container("files", state=state), mounts=(mount,))
    return core_on(root, others=(Other(container=one, sees=(mount,), part=False),))


@pytest.mark.parametrize("state", [None, "running", "exited", "created", "paused"])
def test_no_other_has_the_root_mounted_is_not_said_where_one_has_it_that_does_not_run(
    tmp_path: Path, state: ContainerState | None
) -> None:
    root = root_in(tmp_path)
    told = others_guard(other_on(root, state) if state else core_on(root)).text
    assert ("no other container has the root, or a part of it, mounted" in told) is (state is None)
    if state is not None:
        assert "pryvio_files" in told
        assert ("it is not running" in told) is (state in ("exited", "created"))


@pytest.mark.parametrize("there", ["a root", "no root", "a mark"])
def test_no_restore_was_left_is_said_of_a_root_that_was_looked_at(
    tmp_path: Path, there: str
) -> None:
    root = root_in(tmp_path)
    if there == "a mark":
        (root / ".pryv-tui").mkdir()
        write_marker(root, Marker(run="R", set_id="S", started="2026-01-15T10:00:00Z"))
    line = marker_guard(core_on(root, root_exists=there != "no root"))
    assert ("no restore was left half-done" in line.text) is (there == "a root")
    assert (line.outcome == "failed") is (there == "a mark")


def test_no_try_is_known_is_not_said_where_one_is() -> None:
    late = backup_attention(found_of(made=25, every=24 * HOUR))
    tried = backup_attention(found_of(a_try("cancelled", 3), made=25, every=24 * HOUR))
    assert late is not None and "; no attempt since then is known." in late.text
    assert tried is not None and "no attempt since then is known" not in tried.text


@pytest.mark.parametrize("known", [False, True])
def test_no_backup_was_run_from_here_is_not_said_where_one_of_other_roles_was(known: bool) -> None:
    told = " ".join(notice(None, expected=True, known=known))
    assert ("no backup was run from here yet" in told) is not known
    assert ("no backup of these roles was run from here yet" in told) is known


@pytest.mark.parametrize("where", ["inside", "outside", "volume"])
def test_in_no_backup_is_said_of_what_lies_outside_the_root_alone(
    tmp_path: Path, where: str
) -> None:
    root = root_in(tmp_path)
    source = root / "pryv" if where == "inside" else tmp_path / "elsewhere"
    mounts = (Mount(source=str(source), destination="/data", read_only=False),)
    more = {"volumes": mounts} if where == "volume" else {"mounts": mounts}
    one = msgspec.structs.replace(container("core"), **more)
    told = "\n".join(each.text.plain for each in more_text(core_on(root), one))
    assert ("Elsewhere, in no backup" in told) is (where == "outside")
    assert ("Volumes of Docker, in no backup" in told) is (where == "volume")


def test_no_other_run_holds_the_platform_is_not_said_while_one_does() -> None:
    free, held = _going_on_line(None), _going_on_line(GoingOn(run="R", kind="restore"))
    assert "no other run is using the platform" in free.text
    assert "no other run" not in held.text and "R" in held.text


@pytest.mark.parametrize("end", ENDS)
def test_that_the_last_made_no_set_is_said_of_more_than_one_and_never_began_of_one_that_did_not(
    end: TryEnd,
) -> None:
    one, two = (backup_attention(found_of(*(a_try(end, at) for at in hours)))
                for hours in ((3,), (3, 2)))  # fmt: skip
    assert one is not None and "made no set" not in one.text
    assert two is not None and " The last 2 attempts made no set." in two.text
    never = "The last backup was requested" in one.text and "but never began" in one.text
    assert never is (end == "never_began")


def test_there_is_no_set_is_said_of_an_overdue_backup_where_there_is_none() -> None:
    late, none = (backup_attention(found_of(made=made, every=24 * HOUR)) for made in (25, None))
    assert none is not None and "one is expected every 24 hours, and there is no set" in none.text
    assert late is not None and "and there is no set" not in late.text
