"""What is said of a role or of all that is gone, where it is so and where it is otherwise."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from pryv_tui.hosts.discovery import MACHINE_NAME
from pryv_tui.operations.lost.here import had_here
from pryv_tui.operations.sets.missing_roles import everything_lost, own_of
from tests.operations.audit.test_whose import Pair
from tests.operations.kit import host_state


def test_no_file_of_its_own_is_said_where_there_is_none_and_of_databases_what_is_so(
    tmp_path: Path,
) -> None:
    said = "the containers are here, but no file of its own (except logs and databases) is in"
    pair = Pair(tmp_path, "cluster")
    site = pair.site
    (root,) = pair.here.glob("hosts/core/root")
    state = site.discover().host("core")
    assert state is not None
    kept = tmp_path / "kept"
    # Its databases keep their files; of what else it has one file is enough.
    for folder in own_of(state)["core"]:
        for path in (root / folder).glob("*"):
            if path.name != "data" or folder == "pryv/core":
                (kept / folder).mkdir(parents=True, exist_ok=True)
                shutil.move(path, kept / folder / path.name)
    told_so = had_here(site, site.discover())["core"].words
    assert told_so.startswith(said) and "pryv/core" in told_so
    assert told_so.endswith("; there are files of mongodb and influxdb")
    assert "nothing is in" not in told_so
    for store in ("mongodb", "influxdb"):
        shutil.rmtree(root / f"pryv/{store}/data")
    assert "there are files of" not in had_here(site, site.discover())["core"].words
    (root / "pryv/core/conf").mkdir(parents=True)
    (root / "pryv/core/conf/core.yml").write_text("here: true")
    assert said not in str(had_here(site, site.discover()))


def test_of_a_vault_in_doubt_the_doctor_says_so_and_what_is_said_of_it_mends_both(
    tmp_path: Path,
) -> None:
    pair = Pair(tmp_path)
    pair.of_itself()
    folder = pair.site.vault.folder

    def lines() -> dict[str, Any]:
        return {one["name"]: one for one in json.loads(pair.type("doctor", "--json").stdout)}

    assert lines()["last backup"]["outcome"] == "ok"
    aside = tmp_path / "aside"
    shutil.move(folder, aside)
    folder.mkdir()
    found = lines()
    assert found["last backup"]["outcome"] == "warning"
    assert found["last backup"]["text"] == "not known: the vault is in doubt"
    assert found["last backup"]["remedy"].startswith("First do what the line about the vault says")
    assert found["vault"]["outcome"] != "ok" and found["vault"]["remedy"]
    # As that says: what is meant is put where it was.
    folder.rmdir()
    shutil.move(aside, folder)
    assert lines()["last backup"]["outcome"] == "ok"


def test_sets_of_another_domain_than_what_was_seen_here_are_not_said_to_be_of_it(
    tmp_path: Path,
) -> None:
    said = "What was seen here before was"
    pair = Pair(tmp_path)
    pair.of_itself()
    site = pair.site
    sets = site.vault.sets()
    domain = sets[-1].need("read").domain
    gone = replace(site.discover(), hosts=(host_state("single"),), domain_source=MACHINE_NAME)
    for seen in ((), ("",), (domain,)):
        ((text, back),) = everything_lost(gone, sets, practice=True, seen=seen)
        assert said not in text and sets[-1].id in back
    other = replace(sets[-1], manifest=replace(sets[-1].need("read"), domain="b.example"))
    told_of = everything_lost(gone, [sets[-1], other], practice=True, seen=(domain,))
    assert [said in text for text, _ in told_of] == [False, True]
    assert f"{said} {domain}." in told_of[1][0] and "b.example" in told_of[1][0]
