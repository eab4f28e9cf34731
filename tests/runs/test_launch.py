"""Starting a worker: as a transient unit where there is systemd, in a session of its own elsewhere.

No test machine runs systemd: a stand-in for systemd-run takes the same words, and starts what it is
told the way systemd would, with the environment it was given and no other.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from pryv_tui.operations.debts import Owed
from pryv_tui.runs import launch as launching
from pryv_tui.runs.launch import launch, unit_command
from pryv_tui.runs.places import HERE, Places
from pryv_tui.runs.worker.guardian import GuardianProcess
from pryv_tui.vault.restic import protocol as restic_words
from tests.helpers.waiting import until

PROGRAM = (
    sys.executable,
    "-c",
    "import os, sys; print(os.getpid() == os.getsid(0), os.getcwd(),"
    " sorted(k for k in os.environ if k.startswith(('PRYV_', 'SECRET_'))), flush=True)",
)

STAND_IN = """#!/bin/sh
# A stand-in for systemd-run: what it was asked, and the worker started in its way.
for word in "$@"; do printf '%s\\n' "$word"; done > "$ASKED"
set -- "$@"
environment=
log=/dev/null
while [ "$1" != -- ]; do
    case "$1" in
    --setenv=*) environment="$environment ${1#--setenv=}" ;;
    --property=StandardOutput=append:*) log=${1#--property=StandardOutput=append:} ;;
    esac
    shift
done
shift
cd /
env -i $environment setsid "$@" >>"$log" 2>&1 </dev/null &
"""


def wait_for(log: Path, text: str) -> str:
    def said() -> str:
        return log.read_text() if log.exists() else ""

    until(lambda: text in said(), lambda: f"{text!r} after {said()!r}")
    return said()


def test_a_session_of_its_own(tmp_path: Path) -> None:
    log = tmp_path / "worker.log"
    launch(PROGRAM, run="R", log=log, places=Places(systemd=tmp_path / "no-systemd"))
    assert wait_for(log, "True /").startswith("True /")
    assert log.stat().st_mode & 0o777 == 0o600


def with_systemd(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str
) -> tuple[Path, Places]:
    """A worker's log, and a machine that systemd runs."""
    (tmp_path / "bin").mkdir()
    program = tmp_path / "bin/systemd-run"
    program.write_text(script)
    program.chmod(0o755)
    (tmp_path / "systemd").mkdir()
    (tmp_path / "run").mkdir()
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    for name in list(os.environ):
        if name.startswith("PRYV_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("PATH", f"{tmp_path}/bin:{os.environ['PATH']}")
    monkeypatch.setenv("ASKED", str(tmp_path / "asked"))
    monkeypatch.setenv("PRYV_CONF_ROOT", "/var/pryv")
    monkeypatch.setenv("SECRET_KEY", "hunter2")
    places = Places(systemd=tmp_path / "systemd", runtime=tmp_path / "run")
    return tmp_path / "worker.log", places


def test_a_transient_unit_where_systemd_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log, places = with_systemd(tmp_path, monkeypatch, STAND_IN)
    launch(PROGRAM, run="20260101T000000Z-backup-ab12", log=log, places=places)
    assert wait_for(log, "True /") == "True / ['PRYV_CONF_ROOT']\n"
    asked = (tmp_path / "asked").read_text().splitlines()
    assert "--unit=pryv-tui-20260101T000000Z-backup-ab12" in asked
    assert asked[asked.index("--") + 1 :] == list(PROGRAM)
    assert "hunter2" not in (tmp_path / "asked").read_text(), "a unit shows what it is given"


def test_a_systemd_that_refuses_is_no_reason_not_to_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log, places = with_systemd(tmp_path, monkeypatch, "#!/bin/sh\necho 'no bus' >&2\nexit 1\n")
    launch(PROGRAM, run="R", log=log, places=places)
    told = wait_for(log, "True /")
    assert "no bus" in told
    assert "a session of its own" in told


READER = """#!/bin/sh
# A stand-in for systemd-run that reads what the unit names, as systemd does before it returns.
for word in "$@"; do
    printf '%s\\n' "$word" >> "$ASKED"
    case "$word" in --property=EnvironmentFile=*)
        stat -c %a "${word#--property=EnvironmentFile=}"
        cat "${word#--property=EnvironmentFile=}" ;;
    esac
done
echo ended
"""


def test_credentials_reach_a_unit_that_does_not_show_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log, places = with_systemd(tmp_path, monkeypatch, READER)
    for name in list(os.environ):
        if name.startswith(restic_words.ENVIRONMENT):
            monkeypatch.delenv(name)
    launch(PROGRAM, run="R", log=log, places=places)
    assert wait_for(log, "ended") == "ended\n", "there are none"
    monkeypatch.setenv("RESTIC_PASSWORD", 'with "quotes" and $signs')
    launch(PROGRAM, run="R", log=log, places=places)
    told = wait_for(log, "ended\n600")
    assert told.splitlines()[1:] == [
        "600",
        r'RESTIC_PASSWORD="with \"quotes\" and \$signs"',
        "ended",
    ]
    assert "quotes" not in (tmp_path / "asked").read_text()
    assert list((tmp_path / "run").iterdir()) == [], "gone as soon as it was read"


def test_what_may_be_a_secret_is_no_word_of_the_unit() -> None:
    """`DOCKER_AUTH_CONFIG` holds the passwords of registries."""
    environment = {
        "DOCKER_HOST": "tcp://10.0.0.7:2376",
        "DOCKER_AUTH_CONFIG": '{"auths": "hunter2"}',
        "PRYV_ADMIN_KEY": "hunter2",
        "PRYV_TUI_VAULT": "/srv/vault",
    }
    words = " ".join(unit_command(PROGRAM, run="R", log=Path("/log"), environment=environment))
    assert "hunter2" not in words
    assert "DOCKER_HOST=" in words and "PRYV_TUI_VAULT=" in words
    kept = launching.secrets_of(environment)
    assert kept.count("hunter2") == 2 and "DOCKER_HOST" not in kept


SCOPE = """#!/bin/sh
# A stand-in for systemd-run --scope: it becomes what it starts, pipes and all.
for word in "$@"; do printf '%s\\n' "$word"; done > "$ASKED"
while [ "$1" != -- ]; do shift; done
shift
exec "$@"
"""
ANSWERS = (sys.executable, "-c", "print('ok', flush=True); input(); print('ok', flush=True)")


@pytest.mark.parametrize("script", [SCOPE, "#!/bin/sh\nexit 1\n"], ids=["a scope", "refused"])
def test_a_guardian_is_no_part_of_its_workers_unit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str
) -> None:
    """systemd kills what is left in a unit when its main process is gone."""
    _log, places = with_systemd(tmp_path, monkeypatch, script)
    (tmp_path / "RUN").mkdir()
    guardian = GuardianProcess(tmp_path / "RUN", ANSWERS, places)
    guardian.watch(Owed(kind="unpause", host="h", what="pryvio_register"), 60)
    guardian.dismiss()
    asked = tmp_path / "asked"
    assert asked.exists() == (script == SCOPE)
    if asked.exists():
        words = asked.read_text().splitlines()
        assert "--scope" in words and "--unit=pryv-tui-RUN-guardian" in words
        assert words[words.index("--") + 1 :] == [*ANSWERS, str(tmp_path / "RUN")]


@pytest.mark.skipif(
    not HERE.systemd.is_dir() or os.geteuid() != 0,
    reason="systemd does not run this machine, or this is not root",
)
def test_the_real_systemd_takes_the_words(tmp_path: Path) -> None:
    log = tmp_path / "worker.log"
    command = unit_command(PROGRAM, run="test", log=log, environment=os.environ)
    assert subprocess.run(command).returncode == 0
    assert wait_for(log, "True /").startswith("True /")


def test_a_password_that_is_no_text_reaches_the_worker(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A unit could not be given it: there the run ended before it began."""
    log, places = with_systemd(tmp_path, monkeypatch, STAND_IN)
    monkeypatch.setenv("RESTIC_PASSWORD", os.fsdecode(b"p\xe4ss"))
    show = 'printf %s "$RESTIC_PASSWORD" | od -An -tx1'
    launch(["sh", "-c", show], run="r", log=log, places=places)
    wait_for(log, "70 e4 73 73")
    assert not (tmp_path / "asked").exists(), "no unit was asked for"
    assert not list(places.runtime.iterdir())
