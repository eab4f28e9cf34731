"""What is normal in the vendor's releases is no warning; another one can be accepted, until it
changes."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from pryv_tui.hosts.deployment import HostState
from pryv_tui.hosts.discovery import discover
from pryv_tui.hosts.engine import Container, Mount
from pryv_tui.operations.acceptance import Acceptable, accept
from pryv_tui.operations.guards.backup import backup_guards
from pryv_tui.operations.guards.host import inside_guard
from pryv_tui.operations.guards.line import GuardLine, enforce, line_json, warning
from pryv_tui.operations.overview.attention import Attention, settled
from tests.hosts.machines import StillHost, machine
from tests.operations.kit import context

LOGIN = Mount("/home/docker/.docker/config.json", "/root/.docker/config.json")


def with_mounts(containers: list[Container], service: str, *mounts: Mount) -> list[Container]:
    return [
        msgspec.structs.replace(c, mounts=(*c.mounts, *mounts)) if c.service == service else c
        for c in containers
    ]


def root_in(folder: Path) -> Path:
    root = folder / "root"
    conf = root / "pryv/core/conf"
    conf.mkdir(parents=True, exist_ok=True)
    (conf / "core.yml").touch()
    return root


def host_in(folder: Path, service: str = "config_follower", *mounts: Mount) -> StillHost:
    root = root_in(folder)
    containers = with_mounts(machine("core", root=str(root)), service, *mounts)
    return StillHost("co1", containers, root=root)


def state_of(host: StillHost) -> HostState:
    return discover([host]).hosts[0]


@pytest.mark.parametrize(
    "mounts",
    [
        (LOGIN,),
        (LOGIN, Mount("/var/run/docker.sock", "/var/run/docker.sock")),
        # of an operator who is called otherwise
        (Mount("/root/.docker/config.json", "/root/.docker/config.json"),),
    ],
)
def test_the_followers_login_is_normal(tmp_path: Path, mounts: tuple[Mount, ...]) -> None:
    ctx, _ = context(tmp_path, host_in(tmp_path, "config_follower", *mounts))
    lines = backup_guards(ctx.site, ctx.deployment, ())
    assert {line.outcome for line in lines} == {"ok"}
    line = next(line for line in lines if line.name == "data co1")
    assert "login" in line.text and mounts[0].source in line.text


@pytest.mark.parametrize(
    ("service", "mount"),
    [
        ("core", LOGIN),
        ("config_follower", Mount("/home/docker/data", "/app/data")),
        ("core", Mount("/mnt/nas/attachments", "/app/data/attachments")),
    ],
)
def test_anything_else_is_told_with_its_machine(tmp_path: Path, service: str, mount: Mount) -> None:
    line = inside_guard(state_of(host_in(tmp_path, service, mount)))
    assert line.outcome == "warning"
    assert "co1" in line.text and mount.source in line.text
    assert line.key == "outside/co1"


def test_it_is_accepted_once_and_is_a_note_until_it_changes(tmp_path: Path) -> None:
    nas = Mount("/mnt/nas", "/app/nas")
    host = host_in(tmp_path, "core", nas)
    ctx, heard = context(tmp_path, host)
    (line,) = [x for x in backup_guards(ctx.site, ctx.deployment, ()) if x.outcome != "ok"]
    assert line.remedy.endswith("pryv-tui accept outside/co1")
    assert "key" in line_json(line) and "accepted" not in line_json(line)
    accept(ctx.site.state, Acceptable(key=line.key, about=line.about, text=line.text))

    lines = backup_guards(ctx.site, ctx.deployment, ())
    enforce(ctx, lines)
    assert ctx.facts.warnings == []
    (note,) = [one for one in lines if one.accepted]
    assert note.outcome == "ok" and "accepted by" in note.text
    assert ("data co1", "ok") in heard.guards

    # One more folder: it is a warning again, and says all of it.
    more = host_in(tmp_path, "core", nas, Mount("/mnt/other", "/app/other"))
    ctx, _ = context(tmp_path, more)
    (line,) = [x for x in backup_guards(ctx.site, ctx.deployment, ()) if x.outcome != "ok"]
    assert line.outcome == "warning" and "/mnt/other" in line.text and "/mnt/nas" in line.text


def test_what_is_warned_of_on_three_machines_is_told_with_each_name(tmp_path: Path) -> None:
    ctx, _ = context(tmp_path, StillHost("core"))
    enforce(ctx, [warning(f"data co{n}", "it lies outside", "Look.") for n in (1, 2, 3)])
    assert [text.split(":")[0] for text in ctx.facts.warnings] == [
        "data co1",
        "data co2",
        "data co3",
    ]


def test_a_warning_without_a_key_can_not_be_accepted(tmp_path: Path) -> None:
    ctx, _ = context(tmp_path, StillHost("core"))
    accept(ctx.site.state, Acceptable(key="", about="", text=""))
    enforce(ctx, [warning("a", "odd", "Look.")])
    assert len(ctx.facts.warnings) == 1
    failed = GuardLine(name="a", outcome="failed", text="t", key="k", about="b")
    accept(ctx.site.state, Acceptable(key="k", about="b", text=""))
    from pryv_tui.operations.guards.line import settled as settled_lines

    assert settled_lines([failed], ctx.site.accepted) == [failed], "what failed is not accepted"


def test_what_stands_on_the_overview_is_accepted_in_the_same_way(tmp_path: Path) -> None:
    ctx, _ = context(tmp_path, StillHost("core"))
    item = Attention("warning", "co1: pryvio_mfa is exited.", "Read its log.", "down/co1/mfa", "a")
    (told,) = settled([item], ctx.site.accepted)
    assert told.level == "warning" and told.remedy.endswith("pryv-tui accept down/co1/mfa")
    assert settled([told], ctx.site.accepted) == [told]
    accept(ctx.site.state, Acceptable(key=item.key, about=item.about, text=item.text))
    (note,) = settled([item], ctx.site.accepted)
    assert note.level == "info" and "accepted by" in note.text
    changed = msgspec.structs.replace(item, about="b")
    assert settled([changed], ctx.site.accepted)[0].level == "warning"
