"""A command without the run or the set that it needs names what could be meant; it does nothing."""

from __future__ import annotations

from pathlib import Path

from tests.journeys.program import Practice


def test_a_command_without_its_run_names_what_could_be_meant(tmp_path: Path) -> None:
    practice = Practice.create(tmp_path / "p", "--users", 1, "--attachments", 0, "--pace", 20)
    for command in ("cancel", "attach", "undo", "release", "verify", "restore"):
        nothing = practice.run(command)
        assert nothing.exit == 2
        assert "Nothing was done" in nothing.err
        assert "Missing argument" not in nothing.err
    run = practice.run("backup", "--detach").out.strip()
    for command in ("cancel", "attach"):
        named = practice.run(command)
        assert named.exit == 2
        assert f"pryv-tui --practice {practice.folder} {command} {run}" in named.err
    assert practice.run("runs", "--json").json[-1]["state"] == "running", "nothing was done"
    assert practice.run("cancel", run).exit == 0
    assert practice.run("cancel").exit == 2
    assert run in practice.run("attach").err, "the last one, where none goes on"


def test_a_command_without_its_set_names_the_last_one(tmp_path: Path) -> None:
    practice = Practice.with_set(tmp_path / "p", users=1, attachments=0)
    name = practice.sets()[-1]["id"]
    for command in ("verify", "restore"):
        named = practice.run(command)
        assert named.exit == 2
        assert f"pryv-tui --practice {practice.folder} {command} {name}" in named.err
    assert practice.run("verify", "--json").end["exit"] == 2
    run = practice.restore().end["run"]
    for command in ("undo", "release"):
        assert f"{command} {run}" in practice.run(command).err
    undone = practice.run("undo", run, "--json").end["run"]
    assert "no restore can be undone now" in practice.run("undo").err
    assert f"release {undone}" in practice.run("release").err


def test_a_restore_without_its_set_names_the_one_that_holds_what_is_gone(tmp_path: Path) -> None:
    practice = Practice.with_set(tmp_path / "p", users=1, attachments=0)
    (holder,) = practice.sets()
    practice.wipe("core")
    assert practice.run("backup", "--json").exit == 3
    newest = practice.sets()[-1]["id"]
    told = practice.run("restore").err
    assert told.index(f"restore {holder['id']}") < told.index(f"restore {newest}")
