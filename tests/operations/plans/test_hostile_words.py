"""What a platform says of itself never becomes a command of a runbook or of RESTORE.md."""

from __future__ import annotations

import re
import shlex
import subprocess
from pathlib import Path
from typing import Literal

import msgspec
import pytest

from pryv_tui.errors import PryvTuiError
from pryv_tui.operations.plan import Plan, Step, numbered
from pryv_tui.operations.plans.restore import restore_plan
from pryv_tui.operations.plans.runbook import runbook
from pryv_tui.vault.guide.page import restore_guide
from pryv_tui.vault.manifest import SetManifest
from tests.operations.kit import deployed, manifest_of, part, set_of
from tests.operations.plans.planned import PLANS, every_plan

MARK = "INJECTED"
HOSTILE = [
    f"x\ntouch {MARK}\n#",
    f"x\r\ntouch {MARK}",
    f"x\x0btouch {MARK}\x0c",
    f"x\u2028touch {MARK}",
    f"$(touch {MARK})",
    f"`touch {MARK}`",
    f"'; touch {MARK}; '",
    f'"; touch {MARK}; "',
    f"\\\ntouch {MARK}",
    f"x\n```\n```sh\ntouch {MARK}\n```",
    f"EOF\ntouch {MARK}",
    f"$IFS;touch${{IFS}}{MARK}",
    f"-rf / ; touch {MARK}",
    f"&& touch {MARK}",
    f"| touch {MARK}",
]
TOOLS = (
    "docker docker-compose mkdir mv cp find rm rmdir sync sleep install tar chmod chown rsync cat"
    " ln sha256sum xargs mount umount influxd dd tail head grep wc date sed awk stat touch mktemp"
    " sqlite3 redis-cli setfacl getfacl chattr lsattr python3 restic systemctl basename dirname"
)


@pytest.fixture
def sandbox(tmp_path: Path) -> Path:
    """A folder with tools that do nothing; only the mark of an injection would be left."""
    tools = tmp_path / "tools"
    tools.mkdir()
    for name in TOOLS.split():
        (tools / name).write_text(f"#!/bin/sh\n{_does(tmp_path, name)}\n")
        (tools / name).chmod(0o755)
    return tmp_path


def _does(sandbox: Path, name: str) -> str:
    if name == "touch":
        return f'if [ "${{1-}}" = {MARK} ]; then : > {shlex.quote(f"{sandbox}/{MARK}")}; fi'
    return ":"


def functions(sandbox: Path) -> str:
    """The same tools as functions of the shell, which takes a tenth of what starting a program for
    each takes. The programs are there for what goes round a function, such as `command touch`."""
    names = [name for name in TOOLS.split() if name.isidentifier()]
    return "".join(f"{name}() {{ {_does(sandbox, name)}; }}\n" for name in names)


def run(sandbox: Path, script: str) -> subprocess.CompletedProcess[str]:
    """Run a script with those tools alone; each command whatever the one before ended with."""
    return subprocess.run(
        ["/bin/sh"],
        input=functions(sandbox) + script.replace("set -eu", "set -u"),
        cwd=sandbox,
        env={"PATH": str(sandbox / "tools")},
        capture_output=True,
        text=True,
        timeout=60,
    )


def injected(sandbox: Path) -> bool:
    return bool(list(sandbox.rglob(MARK)))


def blocks(markdown: str) -> str:
    return "\n".join(re.findall(r"^```sh\n(.*?)^```$", markdown, re.DOTALL | re.MULTILINE))


@pytest.mark.parametrize(
    "line",
    [
        f"touch {MARK}",
        f"docker run $(touch {MARK})",
        f"dd | touch {MARK}",
        f"command touch {MARK}",
        f'"$PATH/touch" {MARK}',
        f"( cd / && touch {MARK} )",
    ],
)
def test_the_sandbox_would_notice(sandbox: Path, line: str) -> None:
    run(sandbox, f"set -eu\n{line}\n")
    assert injected(sandbox)


def test_the_sandbox_notices_nothing_else(sandbox: Path) -> None:
    done = run(sandbox, f"set -eu\ntouch {MARK}s 'touch {MARK}'\n" + TOOLS.replace(" ", "\n"))
    assert (done.returncode, done.stderr) == (0, "")
    assert not injected(sandbox)


@every_plan
def test_no_word_of_a_plan_runs(sandbox: Path, name: str) -> None:
    scripts = []
    for evil in HOSTILE:
        for field in ("domain", "effects"):
            several = field == "effects"
            plan = msgspec.structs.replace(PLANS[name](), **{field: (evil,) if several else evil})
            scripts += [runbook(plan, "shell"), blocks(runbook(plan, "markdown"))]
    for script in scripts:
        # Run by itself where a word of it could be one: most are nothing but the plan.
        if MARK in script:
            run(sandbox, script)
            assert not injected(sandbox), script


class Said(Step, frozen=True, kw_only=True, tag="said"):
    """A step in whose words is whatever somebody called something."""

    word: str

    @property
    def title(self) -> str:
        return f"Stop {self.word}"

    @property
    def command(self) -> tuple[str, ...]:
        return ("true",)

    @property
    def leaves(self) -> str:
        return self.word

    @property
    def undone(self) -> str:
        return self.word


@pytest.mark.parametrize("form", ["shell", "markdown"])
def test_no_word_of_a_step_runs(sandbox: Path, form: Literal["shell", "markdown"]) -> None:
    plan = Plan(
        kind="restore",
        roles=("core",),
        steps=numbered([Said(word=evil) for evil in HOSTILE]),
        domain="d.example",
    )
    script = runbook(plan, form)
    done = run(sandbox, script if form == "shell" else blocks(script))
    assert done.returncode == 0, done.stderr
    assert not injected(sandbox), script


def restored_from(base: str) -> Plan:
    one = part("single-node", "core", "register", "static-web")
    return restore_plan(
        deployed("single-node", root=f"/srv/{base}"),
        set_of(manifest_of(one), folder=f"/srv/{base}"),
        run_id="RUN",
    )


@pytest.mark.parametrize("evil", [evil for evil in HOSTILE if evil.isprintable()])
def test_no_name_of_a_root_runs(sandbox: Path, evil: str) -> None:
    plan = restored_from(evil.replace("/", "_"))
    run(sandbox, runbook(plan, "shell"))
    run(sandbox, blocks(runbook(plan, "markdown")))
    assert not injected(sandbox)


@pytest.mark.parametrize("form", ["text", "markdown", "shell"])
@pytest.mark.parametrize("evil", ["a\nb", "a\x1b[2Jb", "a\tb", "a\x9bb"])
def test_a_command_that_can_not_be_shown_as_it_is_typed_is_refused(evil: str, form: str) -> None:
    with pytest.raises(PryvTuiError, match="can't be printed") as caught:
        runbook(restored_from(evil), form)  # type: ignore[arg-type]
    assert caught.value.name == "refused"
    assert evil not in caught.value.what


def hostile_sets(evil: str) -> list[SetManifest]:
    one = part("single-node", "core", "register", "static-web")
    replace = msgspec.structs.replace
    made = manifest_of(one)
    words = ("domain", "form", "release", "id", "created", "label")
    found = [replace(made, **{word: evil}) for word in words]
    found.append(replace(made, roles=(evil,)))
    images = tuple(replace(image, service=evil, container=evil) for image in one.images)
    for changed in (replace(one, name=evil), replace(one, root=evil), replace(one, images=images)):
        found.append(replace(made, hosts=(changed,)))
    counts = {"database": "pryv-node", "collections": {evil: 3}}
    stores = {**one.stores, "mongodb": counts}
    found.append(replace(made, hosts=(replace(one, stores=stores),)))
    return found


@pytest.mark.parametrize("evil", HOSTILE)
def test_no_word_of_a_set_runs(sandbox: Path, evil: str) -> None:
    script = "\n".join(blocks(restore_guide(manifest)) for manifest in hostile_sets(evil))
    run(sandbox, script)
    assert not injected(sandbox)
