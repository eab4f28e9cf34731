"""An incident of which not all can be read is told in `status`, as in `list` and `prune`."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from pryv_tui.incidents.acts import close, declare, note
from pryv_tui.incidents.files import incidents_folder
from tests.remedies.shell import Shell, commands_in, paste, shell_line


def torn(journal: Path) -> None:
    with journal.open("a") as file:
        file.write('{"event": "noted", "text": "half\n')


def of_a_later_program(journal: Path) -> None:
    lines = journal.read_text().splitlines()
    later = {**json.loads(lines[-1]), "event": "of_tomorrow"}
    journal.write_text("\n".join([*lines, json.dumps(later), ""]))


def a_file(journal: Path) -> None:
    """In the place of its folder."""
    folder = journal.parent
    folder.rename(folder.with_name("elsewhere"))
    folder.write_text("")


@pytest.mark.parametrize("closed", [True, False])
@pytest.mark.parametrize("harm", [None, torn, of_a_later_program, a_file])
def test_an_incident_that_can_not_be_read_whole_needs_a_person(
    tmp_path: Path, harm: Callable[[Path], None] | None, closed: bool
) -> None:
    shell = Shell.with_set(tmp_path / "p", users=1, attachments=0)
    made = declare(shell.settings, text="x").incident
    note(shell.settings, "and more")
    if closed:
        close(shell.settings)
    if harm is not None:
        harm(Path(made.folder) / "journal.jsonl")
    told = shell.type("status", "--json")
    found = [one for one in json.loads(told.out)["attention"] if made.id in one["text"]]
    assert [one["level"] for one in found] == ["warning"] * (harm is not None)
    assert told.exit == (3 if harm is not None else 0), told
    (listed,) = json.loads(shell.type("list", "--json").out)
    assert listed["pinned"] is (harm is not None), "as the sets have it"
    plain = shell.type("status")
    assert (f"The incident {made.id} can't be read completely:" in plain.out) is (harm is not None)
    if found:
        (said,) = [one for one in commands_in(found[0]["remedy"]) if one.endswith(" list")]
        kept = paste(said).out
        assert made.id in kept and listed["id"] in kept, "the sets that it keeps are named"
        (line,) = [one for one in found[0]["remedy"].split(": ") if one.startswith("mv ")]
        (tmp_path / "kept").mkdir()
        assert shell_line(line.replace("ELSEWHERE", str(tmp_path / "kept"))) == 0
        assert not (incidents_folder(Path(shell.settings.state)) / made.id).exists()
        assert shell.type("status").exit == 0
