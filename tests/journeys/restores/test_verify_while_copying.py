"""A set that was verified shortly before is verified while it is copied back: what is damaged since
is found before anything is called done, and undo brings back what was there. One platform, one
story."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from pryv_tui.operations.commands import WHILE_COPYING
from pryv_tui.vault.vault import Vault
from tests.remedies.shell import Said, Shell, commands_in, paste

DOMAIN = "practice.pryv.example"


def flipped(path: Path) -> None:
    """One bit is another one, and its times are as they were."""
    before = path.stat()
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def restore(shell: Shell, *words: str) -> Said:
    return shell.type("restore", shell.latest, "--confirm", DOMAIN, WHILE_COPYING, *words)


def end_of(shell: Shell) -> Any:
    return json.loads(shell.type("attach", "latest", "--json").out.splitlines()[-1])


def steps_of(shell: Shell) -> list[str]:
    told = shell.type("plan", "restore", "latest", WHILE_COPYING, "--json").out
    return [step["kind"] for step in json.loads(told)["plan"]]


def test_a_set_that_is_read_once(tmp_path: Path) -> None:
    shell = Shell.on_new(tmp_path / "p", users=2, attachments=2)
    taken = shell.backup()

    # Nobody has verified it yet: nothing is begun, and the way out is named.
    for done in (restore(shell), shell.type("plan", "restore", "latest", WHILE_COPYING)):
        assert done.exit == 4 and "never verified" in done.out + done.err, done
    assert not [one for one in shell.platform.folder.rglob("aside") if any(one.iterdir())]
    assert shell.type("restore", taken, "--confirm", DOMAIN).exit == 0

    # That one verified it in full, as `verify` would have.
    offered = shell.type("plan", "restore", "latest").out
    assert WHILE_COPYING in offered and f"Verify the set {taken}" in offered
    assert steps_of(shell).count("verify-set") == 1, "its lists are looked at all the same"

    before = shell.platform.contents()
    folder = Path(shell.settings.vault) / taken
    dump = next(folder.rglob("events.bson"))
    flipped(dump)
    shell.platform.grow(users=1)
    now = shell.platform.contents()
    done = restore(shell)
    assert done.exit == 1 and "platform was changed" not in " ".join(done.out.split()), done
    told = end_of(shell)
    assert told["outcome"] == "failed" and told["failure"]["like"][0] == "copy-back"
    assert "events.bson differs from its hash" in told["what"]

    # It is known from now on, by everything that looks at the set.
    (found,) = Vault(Path(shell.settings.vault)).sets()
    assert found.state == "damaged" and not found.usable
    assert any("The advice is to roll it back" in line for line in told["next"]), told["next"]
    (back,) = [line for line in told["next"] if "--roll-back" in line]
    assert paste(back.partition(":")[0].removeprefix("Then ")).exit in (0, 3)
    assert shell.platform.contents() == now

    # As it was again, and verified: it is read once, and all is back.
    flipped(dump)
    assert shell.type("verify", taken).exit == 0
    shell.platform.wipe("core")
    done = restore(shell)
    assert done.exit in (0, 3), done
    assert shell.platform.contents() == before
    checks = end_of(shell)["checks"]
    assert any("Its files were not checked again before" in line for line in checks)
    assert any("each hash as in the set" in line for line in checks)

    # A part of it that is gone since is seen before anything is stopped.
    files = next(one for one in folder.rglob("files") if one.parent.parent == folder)
    elsewhere = files.rename(files.with_name("elsewhere"))
    done = restore(shell)
    assert done.exit == 1, done
    assert "nothing of the platform was changed" in " ".join(done.out.split())
    told = end_of(shell)
    assert told["failure"]["like"][0] == "verify-set"
    assert shell.platform.contents() == before
    (look,) = commands_in(next(line for line in told["next"] if "what is wrong" in line))
    assert paste(look).exit == 1

    # A file that is gone is met as one that is damaged, and undone as that is.
    elsewhere.rename(files)
    assert shell.type("verify", taken).exit == 0
    next(one for one in folder.rglob("*") if one.is_file() and "attachments" in str(one)).unlink()
    assert restore(shell).exit == 1
    told = end_of(shell)
    assert told["failure"]["like"][0] == "copy-back" and "is missing" in told["what"]
    (back,) = [line for line in told["next"] if "--roll-back" in line]
    assert paste(back.partition(":")[0].removeprefix("Then ")).exit in (0, 3)
    assert shell.platform.contents() == before
