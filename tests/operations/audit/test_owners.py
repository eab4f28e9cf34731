"""Whose a file is stands beside its path wherever that is known, and can act nowhere."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import msgspec
import pytest

from pryv_tui.drills.privacy import ACCOUNT, Names, clean_text
from pryv_tui.operations.audit.afterwards import found_of, warnings_of
from pryv_tui.operations.audit.from_set import Audit, audit_json
from pryv_tui.operations.audit.last_look import keep_look, last_look
from pryv_tui.operations.audit.live import LiveAudit
from pryv_tui.operations.audit.live_words import live_lines
from pryv_tui.operations.audit.owners import MOST, people_in
from pryv_tui.operations.audit.table import write_csv
from pryv_tui.operations.overview.unsettled import acceptable, unsettled
from pryv_tui.sanitize import acts, one_line

ID, OTHER = "cpc8y0xz7yp59mqgg6qra5657", "clfrtd8r518yaydpt6q9r5fyw"
PATH = f"pryv/core/data/users/7/5/6/{ID}/attachments/cevent/cfile"
OLD = f"pryv/core/data/attachments/{ID}/cevent/cfile"
MISSING = f"{OTHER}/cevent/cfile"
ODD = {
    "escape": "go\x1b[31mran",
    "line": "goran\nOK      all is well",
    "turned": "go\u202eran",
    "umlaut": "jörg-müller",
    "long": "g" * 5_000,
    "bytes": "go\udcffran",
}


def live(*paths: str, ids: dict[str, str], missing: tuple[str, ...] = ()) -> LiveAudit:
    lists = {"without_event": [*paths], "missing": [*missing]}
    found = Audit(
        set="", accounts={}, attachments=lists, series={}, not_checked=[],
        people=people_in(lists.values(), ids),
    )  # fmt: skip
    return LiveAudit(found=found, domain="pryv.example", practice=False)


def told(one: LiveAudit) -> dict[str, list[str]]:
    """What each of those says that tell of a look."""
    found = found_of(one, time="2026-11-29T03:00:00.000Z", run="RUN")
    return {
        "result": [said.text for said in warnings_of(found)],
        "status": [item.text for item in unsettled(found)],
        "audit": live_lines(one, None),
    }


@pytest.mark.parametrize("path", [PATH, OLD])
def test_result_status_and_audit_name_the_owner_alike(path: str) -> None:
    both = told(live(path, ids={ID: "goran", OTHER: "nils"}, missing=(MISSING,)))
    for where, lines in both.items():
        text = "\n".join(lines)
        assert f"{path} (account goran)" in text, where
        assert f"{MISSING} (account nils)" in text, where


def test_an_id_that_nobody_knows_stays_and_nobody_else_is_named() -> None:
    for lines in told(live(PATH, ids={OTHER: "nils", "": "nobody", "attachments": ""})).values():
        text = "\n".join(lines)
        assert PATH in text and "(account" not in text and "nils" not in text


@pytest.mark.parametrize("name", ODD.values(), ids=ODD)
def test_no_name_acts_breaks_its_line_or_fills_the_page(name: str, tmp_path: Path) -> None:
    one = live(PATH, ids={ID: name})
    for lines in told(one).values():
        (line,) = [line for line in lines if PATH in line]
        assert not acts(line)
        shown = line.split("(account ", 1)[1].split(")", 1)[0]
        assert 0 < len(shown) <= MOST
    assert keep_look(tmp_path, found_of(one, time="t"))
    kept = last_look(tmp_path)
    assert kept is not None and len(kept.people[ID]) <= MOST


def test_an_umlaut_stays_one() -> None:
    assert "(account jörg-müller)" in told(live(PATH, ids={ID: ODD["umlaut"]}))["status"][0]


def test_a_path_that_acts_is_shown_and_named_all_the_same() -> None:
    bad = f"pryv/core/data/attachments/{ID}/ce\x1b[2Jvent/cf\nile"
    for lines in told(live(bad, ids={ID: "goran"})).values():
        (line,) = [line for line in lines if "(account goran)" in line]
        assert not acts(line)


def test_an_older_look_without_names_of_owners_is_read_and_what_is_accepted_stays_so() -> None:
    found = found_of(live(PATH, ids={ID: "goran"}), time="t", run="RUN")
    tree: dict[str, Any] = msgspec.to_builtins(found)
    del tree["people"]
    older = msgspec.convert(tree, type(found))
    assert "(account" not in unsettled(older)[0].text and PATH in unsettled(older)[0].text
    assert acceptable(older) == acceptable(found)


def test_only_who_owns_what_is_kept_is_kept() -> None:
    paths = [PATH.replace("cfile", f"cfile{number:05}") for number in range(1_500)]
    last = PATH.replace(ID, OTHER).replace("cfile", "z")
    found = found_of(live(*paths, last, ids={ID: "goran", OTHER: "nils"}), time="t")
    assert found.counts["attachments.without_event"] == 1_501
    assert found.people == {ID: "goran"}


@pytest.mark.parametrize("name", ODD.values(), ids=ODD)
def test_a_drills_record_names_no_owner_however_odd_the_name(name: str) -> None:
    found = found_of(live(PATH, ids={ID: name}), time="t", run="RUN")
    (said,) = warnings_of(found)
    shown = found.people[ID]
    text, _many = clean_text(said.text, Names({name}))
    assert shown not in text and f"(account {ACCOUNT})" in text
    # A name in a text that somebody else has made harmless is a name too.
    whole, _many = clean_text(f"of {one_line(name)} alone", Names({name}))
    assert ACCOUNT in whole


def test_the_table_and_the_lists_for_programs_tell_the_owner_too(tmp_path: Path) -> None:
    found = msgspec.structs.replace(
        live(PATH, ids={ID: "=goran"}, missing=(MISSING,)).found, set="S"
    )
    path = write_csv(found, tmp_path, "pryv.example")
    assert path is not None
    with path.open(newline="") as file:
        rows = {row["name"]: row["account"] for row in csv.DictReader(file)}
    assert rows == {PATH: "'=goran", MISSING: ""}
    assert audit_json(found)["people"] == {ID: "=goran"}
