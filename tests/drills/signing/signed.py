"""Records of drills with their keys, and both ways to verify them: for the tests of that."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from pryv_tui.cli.main import cli
from pryv_tui.drills.record.closing import close_drill
from pryv_tui.drills.record.signing import review_drill, sign_drill
from tests.drills.held import RUN, hold, settings_of

SECOND = RUN.replace("02T", "03T")
THIRD = RUN.replace("02T", "04T")


def key(folder: Path, name: str) -> Path:
    words = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "canary@host", "-f"]
    subprocess.run([*words, str(folder / name)], check=True)
    return folder / name


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three drills: the first signed and reviewed, the second signed, the third neither."""
    folder = tmp_path_factory.mktemp("signed")
    operator, reviewer = key(folder, "operator"), key(folder, "reviewer")
    for run in (RUN, SECOND, THIRD):
        settings = hold(folder, run=run)
        close_drill(settings, run)
    sign_drill(settings, RUN, operator)
    review_drill(settings, RUN, reviewer, verdict="accepted", text="well done", by="berta")
    sign_drill(settings, SECOND, operator)
    return folder


@pytest.fixture
def copy(made: Path, tmp_path: Path) -> Path:
    shutil.copytree(made, tmp_path / "copy", symlinks=True)
    return tmp_path / "copy"


def drills(folder: Path) -> Path:
    return Path(settings_of(folder).state) / "drills"


def ours(folder: Path, *words: str) -> Result:
    of = settings_of(folder)
    where = ["--state", of.state, "--vault", of.vault]
    return CliRunner().invoke(cli, ["drill", *words, *where])


def stock(folder: Path) -> list[str]:
    """The commands of each VERIFY.md that do not exit with 0, as they stand there."""
    bad = []
    for page in sorted(drills(folder).glob("*/VERIFY.md")):
        commands = re.findall(r"```sh\n(.*?)\n```", page.read_text(), re.S)
        # Each in a shell of its own, but started by one.
        lines = [f"(\n{command}\n) >/dev/null 2>&1; echo $?" for command in commands]
        done = subprocess.run(
            ["bash", "-c", "\n".join(lines)], cwd=page.parent, capture_output=True, text=True
        )
        exits = zip(commands, done.stdout.split(), strict=True)
        bad += [f"{page.parent.name}: {command}" for command, code in exits if code != "0"]
    return bad


def refused(folder: Path, *words: str) -> str:
    """What a refusal says; nothing of the drills is another one after it."""
    before = {path: path.read_bytes() for path in drills(folder).rglob("*") if path.is_file()}
    found = ours(folder, *words)
    assert found.exit_code in (2, 4), found.output
    after = {path: path.read_bytes() for path in drills(folder).rglob("*") if path.is_file()}
    assert after == before
    return found.stderr
