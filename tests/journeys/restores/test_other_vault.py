"""After an undo, looked at with another vault: what is advised can be done with that one."""

from __future__ import annotations

import json
from pathlib import Path

from tests.remedies.shell import Shell, commands_in, paste

DOMAIN = "practice.pryv.example"


def test_an_undone_restore_is_not_advised_of_a_vault_without_its_set(tmp_path: Path) -> None:
    shell = Shell.with_set(tmp_path / "p", form="cluster", users=2)
    held = shell.latest
    shell.platform.wipe("core")
    assert shell.type("restore", held, "--role", "core", "--confirm", DOMAIN).exit in (0, 3)
    (done,) = [
        one for one in json.loads(shell.type("runs", "--json").out) if one["kind"] == "restore"
    ]
    assert shell.type("undo", done["id"], "--confirm", DOMAIN).exit in (0, 3)

    other = ("--vault", str(tmp_path / "other"))
    found = json.loads(shell.type("status", "--json", *other).out)["attention"]
    (item,) = [one for one in found if "moved aside by the undo" in one["text"]]
    assert f"the set {held} again, which is not in this vault" in item["remedy"]
    assert not any(" restore " in one for one in commands_in(item["remedy"]))

    # Whoever types it all the same is not sent to take a backup without the role that is lost.
    refused = shell.type("restore", held, "--role", "core", "--confirm", DOMAIN, *other)
    assert refused.exit == 2 and "Take one" not in refused.err, refused
    assert "core is lost" in refused.remedy and "--vault" in refused.remedy

    # With the vault that holds it, it is advised, and done as it is printed.
    found = json.loads(shell.type("status", "--json").out)["attention"]
    (item,) = [one for one in found if "moved aside by the undo" in one["text"]]
    (command,) = [one for one in commands_in(item["remedy"]) if " restore " in one]
    assert paste(command).exit in (0, 3)
    assert shell.type("status").exit in (0, 3)
    assert shell.platform.contents()["mongodb"]
