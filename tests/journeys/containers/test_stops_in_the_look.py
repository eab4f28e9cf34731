"""That all containers stay up is told before the live platform is asked at the end of a run: what
stops while it is asked is named too, with the command that starts it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from msgspec import structs

from pryv_tui.operations.audit.live import audit_live
from pryv_tui.operations.steps.bringing_back import audit_live as step
from pryv_tui.runs.record.history import all_runs
from tests.faults.matrix import NAMED_STOPPED
from tests.hosts.machines import StillHost, machine
from tests.operations.kit import context
from tests.remedies.shell import Shell, commands_in, paste

DOMAIN = "practice.pryv.example"
STOPPED = "stopped during the check of the live platform"


def running(made: Shell) -> set[str]:
    return {c.name for host in made.platform.hosts for c in host.engine.containers() if c.running}


def restored(made: Shell) -> str:
    """The newest restore's name."""
    return max(one.id for one in all_runs(Path(made.settings.state)) if one.kind == "restore")


@pytest.mark.parametrize("names", [(), ("pryvio_hfs",), ("pryvio_webhooks", "pryvio_dns")])
@pytest.mark.parametrize("form", ["single-node", "cluster"])
def test_what_stops_while_the_platform_is_asked_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, form: str, names: tuple[str, ...]
) -> None:
    made = Shell.with_set(tmp_path / "p", form=form, users=1, attachments=0)
    ran = running(made)

    def stopping(*words: Any, **named: Any) -> Any:
        for host in made.platform.hosts:
            for container in host.engine.containers():
                if container.name in names:
                    host.engine.stop(container.name)
        return audit_live(*words, **named)

    monkeypatch.setattr(step, "audit_live", stopping)
    for kind in ("restore", "undo"):
        about = "latest" if kind == "restore" else restored(made)
        done = made.type(kind, about, "--confirm", DOMAIN)
        assert done.exit == (3 if names else 0), done
        said = [line for line in done.out.splitlines() if STOPPED in line and "- " in line]
        assert len(said) == len(names) == len(ran - running(made))
        for name in names:
            (line,) = [one for one in said if name in one]
            (command,) = commands_in(line)
            assert paste(command).exit == 0
        assert running(made) == ran


def test_what_its_engine_starts_again_did_not_stop(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that crashes again and again runs and does not, from moment to moment."""
    made = Shell.with_set(tmp_path / "p", users=1, attachments=0)

    def looping(*words: Any, **named: Any) -> Any:
        made.platform.faults.set("container-loops:webhooks")
        return audit_live(*words, **named)

    monkeypatch.setattr(step, "audit_live", looping)
    done = made.type("restore", "latest", "--confirm", DOMAIN)
    states = {c.name: c.state for host in made.platform.hosts for c in host.engine.containers()}
    assert states["pryvio_webhooks"] == "restarting"
    assert STOPPED not in done.out


@pytest.mark.parametrize("names", [(), ("pryvio_hfs",)])
def test_the_engines_list_may_be_a_moment_behind_and_is_not_believed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, names: tuple[str, ...]
) -> None:
    """What has just stopped is still listed as running, or what runs not yet."""
    host = StillHost("core", machine("core"))
    ctx, heard = context(tmp_path, host)
    engine: Any = host.engine
    now = engine.containers()
    ran = {"core": {c.name: c for c in now}}
    stopped = [structs.replace(c, state="exited") if c.name in names else c for c in now]
    listed = [structs.replace(c, state="running" if c.name in names else "exited") for c in now]
    monkeypatch.setattr(engine, "containers", lambda: stopped)
    monkeypatch.setattr(engine, "glance", lambda: listed)
    step._tell_stopped(ctx, ran)
    assert len(heard.notes) == len(names) == len(ctx.facts.warnings)
    assert all(STOPPED in text for text in ctx.facts.warnings)
    # By that the trials of every fault start it again.
    told = [name for text in ctx.facts.warnings for _, name in NAMED_STOPPED.findall(text)]
    assert told == list(names)
