"""An incident that can't be read is told by the doctor and by `status`, in each of their forms."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from pryv_tui.incidents.files import incidents_folder
from tests.incidents.test_unread import _file, _gone, _later_kind, _later_version, _link, _torn
from tests.remedies.shell import Shell


def _garbage(folder: Path) -> None:
    (folder / "journal.jsonl").write_bytes(b"\x00\xff garbage\n" * 3)


def _one(shell: Shell) -> Path:
    assert shell.type("incident", "declare", "--role", "core", "gone").exit == 0
    (found,) = incidents_folder(Path(shell.settings.state)).glob("2*")
    return found


@pytest.mark.parametrize(
    "change", [_garbage, _torn, _later_kind, _later_version, _gone, _file, _link]
)
def test_one_that_cannot_be_read_has_a_line(tmp_path: Path, change: Callable[[Path], None]) -> None:
    shell = Shell.on_new(tmp_path / "p", users=1)
    folder = _one(shell)
    name = f"incident {folder.name}"
    whole = json.loads(shell.type("doctor", "--json").out)
    assert [line for line in whole if line["name"] == name] == []
    change(folder)
    done = shell.type("doctor", "--json")
    (line,) = [line for line in json.loads(done.out) if line["name"] == name]
    assert line["outcome"] == "warning" and "can't be read completely" in line["text"]
    assert "mv " in line["remedy"] and folder.name in line["remedy"]
    assert done.exit in (1, 3)
    assert f"WARNING {name}: {line['text']}" in shell.type("doctor").out
    texts = [one["text"] for one in json.loads(shell.type("status", "--json").out)["attention"]]
    assert f"{line['text']}." in texts
    assert line["text"] in " ".join(shell.type("status").out.split())


def test_where_none_can_be_listed_that_is_a_line_too(tmp_path: Path) -> None:
    shell = Shell.on_new(tmp_path / "p", users=1)
    home = _one(shell).parent
    home.rename(tmp_path / "elsewhere")
    home.symlink_to(tmp_path / "away")
    lines = json.loads(shell.type("doctor", "--json").out)
    (line,) = [one for one in lines if one["name"] == "incidents"]
    assert line["outcome"] == "warning" and "can't be read" in line["text"] and line["remedy"]
