"""Plans printed: text, Markdown, and a shell script that a shell can read."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import msgspec
import pytest

from pryv_tui.operations.plan import Plan
from pryv_tui.operations.plans.restore import restore_plan
from pryv_tui.operations.plans.runbook import Format, runbook
from pryv_tui.vault.guide.page import restore_guide
from pryv_tui.vault.manifest import RecreatedFolder
from tests.operations.kit import deployed, manifest_of, part, set_of
from tests.operations.plans.planned import PLANS, every_plan

ODD = '/srv/it\'s a "root" $(touch INJECTED) `touch INJECTED`; touch INJECTED #'


def shell_reads(script: str, folder: Path) -> subprocess.CompletedProcess[str]:
    path = folder / "script.sh"
    path.write_text(script)
    return subprocess.run(["sh", "-n", str(path)], capture_output=True, text=True)


def odd_restore() -> Plan:
    one = part("single-node", "core", "register", "static-web")
    platform = deployed("single-node", root=ODD)
    return restore_plan(platform, set_of(manifest_of(one), folder=ODD), run_id="RUN")


@every_plan
@pytest.mark.parametrize("form", ["text", "markdown", "shell"])
def test_every_step_and_every_command_is_shown(name: str, form: Format) -> None:
    plan = PLANS[name]()
    text = runbook(plan, form)
    assert text.endswith("\n")
    if form == "text" and any(view.destructive for view in plan.views()):
        assert text.index("! changes what is there") < text.index("  1"), (
            "explained before it is seen"
        )
    for view in plan.views():
        assert view.title in text
        for command in view.command:
            # Redis is asked with its password, should it want one.
            assert command in text.replace("docker exec -e REDISCLI_AUTH ", "docker exec ")
    for line in (*plan.effects, *plan.notice):
        assert line in text


@every_plan
def test_a_shell_can_read_it(name: str, tmp_path: Path) -> None:
    done = shell_reads(runbook(PLANS[name](), "shell"), tmp_path)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_root_with_an_odd_name_is_quoted(tmp_path: Path) -> None:
    plan = odd_restore()
    done = shell_reads(runbook(plan, "shell"), tmp_path)
    assert (done.returncode, done.stderr) == (0, "")


def test_the_commands_that_move_content_work_on_a_root_with_an_odd_name(tmp_path: Path) -> None:
    """The lines of the move-aside step, run by a shell, do what the step does."""
    base = tmp_path / 'it\'s $(touch INJECTED) "odd"; x'
    root = base / "single-node"
    (root / "pryv").mkdir(parents=True)
    (root / "run-pryv").write_text("x")
    (root / "new\nline").write_text("x")
    (root / ".pryv-tui").mkdir()
    plan = restore_plan(
        deployed("single-node", root=str(base)),
        set_of(manifest_of(part("single-node", "core", "register", "static-web"))),
        run_id="RUN",
    )
    step = next(step for step in plan.steps if "move-aside" in step.id)
    script = "\n".join(step.command)
    done = subprocess.run(["sh", "-e"], input=script, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    moved = sorted(path.name for path in (root / ".pryv-tui/aside/RUN").iterdir())
    assert moved == ["new\nline", "pryv", "run-pryv"]
    assert [path.name for path in root.iterdir()] == [".pryv-tui"]
    assert not list(tmp_path.rglob("INJECTED"))


def test_containers_are_started_or_brought_up_but_not_both(tmp_path: Path) -> None:
    """Run by a shell in which docker fails: only then the compose files are used."""
    plan = PLANS["restore of a single node"]()
    script = "\n".join(c for step in plan.steps if "-start-rest" in step.id for c in step.command)
    assert script
    for code in (0, 1):
        tools = tmp_path / str(code)
        tools.mkdir()
        for name, ends in (("docker", code), ("docker-compose", 0)):
            (tools / name).write_text(f"#!/bin/sh\necho {name} >> {tools}/asked\nexit {ends}\n")
            (tools / name).chmod(0o755)
        done = subprocess.run(
            ["sh", "-e"],
            input=script,
            text=True,
            capture_output=True,
            env={"PATH": f"{tools}:{os.environ['PATH']}"},
        )
        assert done.returncode == 0, done.stderr
        asked = (tools / "asked").read_text().split()
        assert asked[0] == "docker"
        assert ("docker-compose" in asked) == (code == 1)


def blocks(guide: str) -> str:
    """The shell blocks of a guide as one script."""
    script: list[str] = []
    inside = False
    for line in guide.splitlines():
        if line.startswith("```"):
            inside = line == "```sh"
        elif inside:
            script.append(line)
    return "\n".join(script) + "\n"


class TestGuide:
    @pytest.mark.parametrize("root", ["/var/pryv", ODD])
    def test_its_blocks_are_shell(self, root: str, tmp_path: Path) -> None:
        one = part("single-node", "core", "register", "static-web", root=root)
        done = shell_reads(blocks(restore_guide(manifest_of(one))), tmp_path)
        assert (done.returncode, done.stderr) == (0, "")

    def test_every_step_of_a_whole_platform_is_there_in_order(self) -> None:
        guide = restore_guide(manifest_of(part("one", "core", "register", "static-web")))
        words = [
            "sha256sum -c --quiet SHA256SUMS",
            "xargs --no-run-if-empty docker stop",
            'move_aside "$ROOT"',
            'cp -a "$SET/files/." "$ROOT/"',
            "install -d -m 750 -o 9999 -g 9999",
            "up -d --no-deps mongodb influxdb redis",
            "mongorestore /app/backup/",
            "influxd restore -portable /pryv/backup/",
            "redis-cli --scan",
            "up -d --no-deps dns register",
            "config-follower.yml",
        ]
        places = [guide.find(word) for word in words]
        assert -1 not in places, [w for w, at in zip(words, places, strict=True) if at < 0]
        assert places == sorted(places)
        assert "15 document(s) restored successfully. 0 document(s) failed" in guide

    def test_registers_machine_comes_before_cores(self) -> None:
        guide = restore_guide(manifest_of(part("a", "core"), part("b", "register")))
        assert guide.index("## b: register") < guide.index("## a: core")

    def test_nothing_is_deleted(self) -> None:
        guide = blocks(restore_guide(manifest_of(part("a", "core"), part("b", "register"))))
        words = guide.split()
        assert "rm" not in words
        assert "rsync" not in words

    def test_a_set_without_a_user_database_has_no_influx_command(self) -> None:
        one = part("a", "core")
        stores = {**one.stores, "influxdb": {"databases": [], "shards": 0}}
        guide = restore_guide(manifest_of(msgspec.structs.replace(one, stores=stores)))
        assert "influxd restore" not in guide
        assert "nothing to restore" in guide

    def test_a_practice_set_says_so(self) -> None:
        assert "PRACTICE" in restore_guide(manifest_of(part("a", "core"), practice=True))

    def test_its_file_steps_restore_a_set_with_odd_names(self, tmp_path: Path) -> None:
        """The blocks of a machine that has no containers, run by a shell, from the set's folder."""
        name = "it's $(touch INJECTED) odd"
        root = tmp_path / "root of 'x'"
        old = root / "pryv/core"
        old.mkdir(parents=True)
        (old / "old.txt").write_text("what was there")
        files = tmp_path / "set" / name / "files"
        (files / "pryv/core").mkdir(parents=True)
        (files / "pryv/core/new\nline.txt").write_text("restored")
        (files / "pryv/core/link").symlink_to("/nowhere")
        subprocess.run(
            "find files -type f -print0 | xargs -0 sha256sum > SHA256SUMS",
            shell=True,
            check=True,
            cwd=files.parent,
        )
        one = part(
            name,
            "static-web",
            root=str(root),
            images=(),
            recreated=(RecreatedFolder("pryv/core/data", os.getuid(), os.getgid(), 0o750),),
        )
        script = blocks(restore_guide(manifest_of(one)))
        # A machine without containers: docker is asked which there are, which volumes may stand for
        # folders of the root, and nothing else of it.
        asked, docker = tmp_path / "asked", tmp_path / "bin/docker"
        docker.parent.mkdir()
        docker.write_text(f'#!/bin/sh\necho "$@" >> {asked}\n')
        docker.chmod(0o755)
        done = subprocess.run(
            ["sh", "-e"], input=script, cwd=tmp_path / "set", capture_output=True, text=True,
            env={**os.environ, "PATH": f"{docker.parent}:{os.environ['PATH']}"},
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        assert asked.read_text() == "volume ls --quiet\nps --all --quiet\n"
        assert (root / "pryv/core/new\nline.txt").read_text() == "restored"
        assert (root / "pryv/core/link").is_symlink()
        assert (root / "pryv/core/data").stat().st_mode & 0o7777 == 0o750
        assert not (root / "pryv/core/old.txt").exists()
        kept = list((root / ".pryv-tui/aside").glob("by-hand-*/pryv/core/old.txt"))
        assert [path.read_text() for path in kept] == ["what was there"]
        assert not list(tmp_path.rglob("INJECTED"))
