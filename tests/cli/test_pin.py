"""`pin` and `unpin`, as an operator types them: what stays, why, and the way out of refusals."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from pryv_tui.cli.main import cli
from pryv_tui.incidents.acts import declare
from pryv_tui.incidents.events import Lost
from pryv_tui.incidents.files import append, locked
from pryv_tui.operations.settings.resolve import Settings, resolve_settings
from pryv_tui.vault.seal import seal
from pryv_tui.vault.set_files import PINS, SET_JSON
from tests.helpers import copied


class Typed:
    """A platform with three sets, and what is typed."""

    def __init__(self, folder: Path) -> None:
        copied.new(folder, users=1, attachments=0)
        self.folder = folder
        self.settings: Settings = resolve_settings(practice=str(folder), environment={})
        self.sets: list[str] = []

    def type(self, *words: str) -> Result:
        return CliRunner().invoke(cli, [*words, "--practice", str(self.folder)])

    def json(self, *words: str) -> Any:
        done = self.type(*words, "--json")
        assert done.exit_code == 0, done.output
        return json.loads(done.stdout)


@pytest.fixture(scope="module")
def typed(tmp_path_factory: pytest.TempPathFactory) -> Typed:
    made = Typed(tmp_path_factory.mktemp("pin") / "p")
    assert made.type("backup", "--quiet").exit_code == 0
    (first,) = Path(made.settings.vault).glob("*Z")
    for name in ("20980101T000000Z", "20990101T000000Z"):
        # Later ones, without the time that a backup takes.
        another = first.with_name(name)
        shutil.copytree(first, another)
        words = (another / SET_JSON).read_text()
        (another / SET_JSON).write_text(words.replace(first.name, name))
        seal(another)
    made.sets = [one["id"] for one in made.json("list")]
    return made


DOMAIN = "practice.pryv.example"
RULE = ("prune", "--keep-last", "1")


def kept(typed: Typed) -> dict[str, str]:
    """By set, why it stays."""
    return {one["id"]: one["why"] for one in typed.json(*RULE, "--dry-run")["sets"] if one["keep"]}


def complete(typed: Typed) -> set[str]:
    """The sets that stay, without what is none."""
    return {name for name in kept(typed) if not name.startswith("2050")}


def test_no_rule_takes_a_pinned_set(typed: Typed) -> None:
    first, second, last = typed.sets
    assert set(kept(typed)) == {last}
    said = typed.type("pin", first, "--why", "before the move")
    assert said.exit_code == 0 and f"unpin {first}" in said.stdout
    assert typed.json("pin", second)["event"] == "pinned"
    listed = typed.type("list").stdout
    assert "pinned by" in listed and "before the move" in listed
    assert [one["pinned"] for one in typed.json("list")] == [True, True, False]
    assert typed.json("list")[0]["pin"]["why"] == "before the move"
    told = kept(typed)
    assert set(told) == {first, second, last} and "before the move" in told[first]
    # It is no stranger in the set.
    assert typed.type("verify", first, "--quiet").output == ""
    assert typed.json("unpin", second)["kept"] is None
    assert second not in kept(typed)
    again = typed.type("unpin", second)
    assert again.exit_code == 2 and "is not pinned" in again.stderr
    assert "list" in again.stderr and f"{first}" in typed.type("list").stdout
    (Path(typed.settings.vault) / "20500101T000000Z.partial").mkdir()
    half = typed.type("pin", "20500101")
    assert half.exit_code == 4 and "is partial, and can't be pinned" in half.stderr
    assert "20500101T000000Z" in kept(typed), "no rule speaks of it"
    unknown = typed.type("pin", "20200101")
    assert unknown.exit_code == 2 and "holds no backup set" in unknown.stderr
    # An incident keeps what it names, until it is closed and somebody lets it go.
    settings = typed.settings
    state = Path(settings.state)
    incident = declare(settings, domain=DOMAIN, text="core is gone").incident.id
    with locked(state):
        append(state, incident, [Lost(role="core", set=second)])
    assert incident in kept(typed)[second]
    assert incident in typed.type("list").stdout
    refused = typed.type("unpin", second)
    assert refused.exit_code == 4 and "incident close" in refused.stderr
    assert typed.type("incident", "close", "settled").exit_code == 0
    assert incident in kept(typed)[second]
    assert typed.type("unpin", second).exit_code == 0
    assert set(complete(typed)) == {first, last}
    # What can't be read counts as pinned, and `unpin` says how to get out of that.
    path = Path(settings.vault) / first / PINS
    path.write_text("?")
    assert "counts as pinned" in typed.type(*RULE, "--dry-run").stdout
    stuck = typed.type("unpin", first)
    assert stuck.exit_code == 1 and f"rm {path}" in stuck.stderr
    pruned = typed.type(*RULE, "--confirm", DOMAIN, "--quiet")
    assert pruned.exit_code == 3 and "counts as pinned" in pruned.stderr
    left = [one["id"] for one in typed.json("list") if one["state"] == "complete"]
    assert left == [first, last]
    # What it says to do is what helps.
    path.unlink()
    assert typed.type("pin", first).exit_code == 0
    assert typed.type("unpin", first).exit_code == 0


def test_no_rule_takes_what_a_damaged_incident_may_name(typed: Typed) -> None:
    state = Path(typed.settings.state)
    # Those that are there: a rule may have taken one of them since.
    sets = [one["id"] for one in typed.json("list") if one["state"] == "complete"]
    assert len(sets) >= 2
    settled = declare(typed.settings, domain=DOMAIN, text="register is gone").incident
    with locked(state):
        append(state, settled.id, [Lost(role="register", set=sets[0])])
    assert typed.type("incident", "close", "settled").exit_code == 0
    journal = Path(settled.folder) / "journal.jsonl"
    whole = journal.read_bytes()
    closing = whole.splitlines(keepends=True)[-1]
    before = complete(typed)
    assert typed.type(*RULE, "--dry-run").exit_code == 0

    journal.write_bytes(b"garbled\n" + closing)
    said = typed.type(*RULE, "--dry-run")
    assert said.exit_code == 3 and "REMOVE" not in said.stdout
    assert f"{settled.id} can't be read completely and may name this set" in said.stdout
    assert "It is not known which sets incidents keep" in said.stderr
    (advised,) = [
        words
        for line in said.stderr.splitlines()
        for words in [line.rpartition(" unpin ")[2] if " unpin " in line else ""]
        if words
    ]
    let_go = advised.split()[0].rstrip(",;")
    assert let_go in sets, "it is said which"
    listed = json.loads(typed.type("list", "--json").stdout)
    others = len([one for one in listed if one["state"] != "partial"]) - 1
    assert others > 0
    told = "the other set" if others == 1 else f"each of the other {others} sets"
    assert told in advised, (
        f"and how many more there are: {[(o['id'], o['state']) for o in listed]}"
    )
    done = typed.type(*RULE, "--confirm", DOMAIN)
    assert done.exit_code == 3 and "no rule of prune removes one" in done.stderr
    listed = typed.type("list", "--json")
    assert listed.exit_code == 3
    assert {one["pinned"] for one in json.loads(listed.stdout) if one["state"] != "partial"} == {
        True
    }
    assert {one["id"] for one in json.loads(listed.stdout)} >= set(sets)

    # The ways out that it names: a person lets one go, or nobody needs the incident.
    assert typed.type("unpin", let_go).exit_code == 0
    again = typed.type(*RULE, "--dry-run")
    shown = again.stdout
    # An incident may be of the same second as a set.
    named = again.stderr.partition("unpin ")[2].split("; or", 1)[0].split(", and the same", 1)[0]
    assert let_go != named.strip(), "then another one is named, or none"
    # Both may be of one second, and one id begins as the other is.
    (line,) = [one for one in shown.splitlines() if let_go in one.replace(settled.id, "")]
    assert "may name this set" not in line
    Path(settled.folder).rename(state / "moved away")
    assert typed.type(*RULE, "--dry-run").exit_code == 0
    assert complete(typed) <= before
