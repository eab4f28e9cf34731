"""Names, addresses and secrets are in no part of a drill's record."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from pryv_tui.drills.privacy import SECRET, Names, clean_text
from pryv_tui.drills.record.closing import close_drill
from pryv_tui.drills.scenarios.library import SHIPPED, shelf
from pryv_tui.incidents.events import (
    Closed,
    Decided,
    FindingNoted,
    Gate,
    Hinted,
    Noted,
    Planned,
)
from pryv_tui.operations.drilling.facts import (
    Check,
    DrillFact,
    Fingerprint,
    Probe,
)
from pryv_tui.operations.facts import NewerFound
from pryv_tui.runs.record.events import RunFinished
from pryv_tui.sanitize import one_line
from tests.drills.held import RUN, at, facts, hold, run_events
from tests.drills.record.recorded import MORE

NAMES = ("zoe-canary", "max-canary", "Odd Canary")


TEXTS = (
    "zoe-canary, ZOE-CANARY's and user:max-canary:events; Odd Canary too; pre-zoe-canary-post",
    "restic:https://me:hunter2Canary@host/ password=hunter2Canary the token is hunter2Canary9",
    "Authorization: Bearer Zx9canaryQ8w7e6r5t4y of zoe@canary.example",
    "https://zoe-canary.pryv.example/events?auth=Zx9canaryQ8w7e6r5t4y --passphrase hunter2Canary1",
)


@pytest.mark.parametrize("text", TEXTS)
def test_names_addresses_and_secrets_are_taken_out_of_a_text(text: str) -> None:
    shown, many = clean_text(text, Names(NAMES))
    assert "canary" not in shown.lower()
    assert many


def test_a_text_of_several_lines_is_one() -> None:
    assert clean_text("a\n\n b \x1b[2J", Names())[0].startswith("a;  b ")


@pytest.mark.parametrize(
    "text",
    [
        "register: 12 accounts expected, 12 found",
        f"/var/lib/pryv-tui/runs/{RUN}/journal.jsonl",
        "pryvdrill_20260302T040000Z-drill-ab12_mongodb",
        "sha256:" + "ab12" * 16,
        "2026-03-02T04:00:00.000Z",
        "docker exec pryvio_mongodb mongorestore --archive=/backup/mongodb.archive --drop",
    ],
)
def test_what_is_nobodys_name_stays(text: str) -> None:
    assert clean_text(text, Names([*NAMES, "register", "core"])) == (text, 0)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (
            "single: pryv/core/data/users/o/v/t/c5i2ejc8v23t0plyci5cdstvo/attachments/x is missing",
            "single: pryv/core/data/users/o/v/t/[an id]/attachments/x is missing",
        ),
        ("/srv/Backups2026OfThePlatform7/set.json", "/srv/Backups2026OfThePlatform7/set.json"),
        ("/var/c5i2ejc8v23t0plyci5cdstvo", "/var/[an id]"),
        ("https://h/Zx9canaryQ8w7e6r5t4yA1/x", "https://h/[a secret]/x"),
        ("the key Zx9canaryQ8w7e6r5t4yA1 of /srv/x", "the key [a secret] of /srv/x"),
    ],
)
def test_a_path_is_no_secret_and_names_nobody_by_an_id(text: str, shown: str) -> None:
    assert clean_text(text, Names(NAMES))[0] == shown


@pytest.mark.parametrize("text", TEXTS)
def test_planted_canaries_are_in_no_part_of_a_record(tmp_path: Path, text: str) -> None:
    told: list[DrillFact] = [
        Check(name="c", state="failed", expected=text, found=text, why=text),
        Probe(what="host", target=text, reached=False, answer=text, source=text),
        Fingerprint(moment="before", containers="a", networks="b", root="c", details={text: "x"}),
    ]
    end = RunFinished(
        time=at(490), outcome="failed", exit=1, what=text, remains=[text], warnings=[text],
        newer=[NewerFound(host="h", role="core", what="accounts", names=list(NAMES[:2]))],
    )  # fmt: skip
    settings = hold(
        tmp_path,
        events=run_events([*facts(), *((430.0, one) for one in told)], text=text, end=end),
        planned=Planned(exercise="scenario", objectives=[text], scope=[text], criteria=[text],
                        title=text, faults=[text], absent=[text]),
        more=[Noted(text=text), Decided(question=text, option=text, why=text), Gate(name=text,
              passed=False), Hinted(text=text), FindingNoted(name="a1", text=text, owner=text,
              due=text, retest=text), Closed(text=text)],
    )  # fmt: skip
    filed = close_drill(settings, RUN, erased=list(NAMES[:1]), names=[NAMES[2]])
    content = (filed.folder / "record.json").read_text().lower()
    assert "canary" not in content
    assert filed.record.privacy.left_out > 10


def test_without_the_sets_names_what_people_wrote_is_left_out(tmp_path: Path) -> None:
    """A name in a note could not be told from a word: the note stays in the drill's journal."""
    filed = close_drill(hold(tmp_path, more=MORE), RUN)
    assert not filed.record.privacy.names_compared
    assert "set" in filed.record.privacy.why
    text = (filed.folder / "record.json").read_text()
    assert "the disk was slow" not in text
    assert "nobody knew the password" not in text


@pytest.mark.parametrize("where", ["where it should be", "here", "known to anybody"])
def test_that_a_password_is_not_there_tells_none(where: str) -> None:
    text = f"The repository’s password is not {where}"
    assert clean_text(text, Names()) == (text, 0)
    # One that begins like it is one.
    for secret in ("notwhere", "not", "nothing-here", "not4you"):
        told, many = clean_text(f"The password is {secret}", Names())
        assert (told, many) == (f"The password is {SECRET}", 1)


@pytest.mark.parametrize(
    "said",
    [
        "Know where the password is before it is needed.",
        "The password was shown to nobody who does not need it.",
        "The token is in two places.",
        "the passphrase was written on paper: it burnt",
        "the secret is gone",
    ],
)
def test_what_a_secret_is_or_where_tells_none(said: str) -> None:
    assert clean_text(said, Names()) == (said, 0)


@pytest.mark.parametrize(
    "secret", ["beforehand", "in2", "gone-4-ever", "Before.Noon", "written_down", "kept/safe"]
)
def test_one_that_begins_like_such_a_word_is_one(secret: str) -> None:
    for text in (f"The password is {secret}", f"the token was {secret} and is not any more"):
        told, many = clean_text(text, Names())
        assert secret not in told and SECRET in told and many == 1


def test_every_sentence_of_each_scenario_goes_on_record_as_it_is() -> None:
    told = [
        text
        for path in SHIPPED.glob("*.toml")
        for text in _texts(tomllib.loads(path.read_text(encoding="utf-8")))
    ]
    assert len(told) > 500
    assert [text for text in told if clean_text(text, Names())[1]] == []


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    for one in value.values() if isinstance(value, dict) else ():
        yield from _texts(one)
    for one in value if isinstance(value, list) else ():
        yield from _texts(one)


def test_the_title_of_each_scenario_goes_on_record_as_it_is() -> None:
    titles = [one.scenario.title for one in shelf(None) if one.scenario is not None]
    assert len(titles) >= 12
    for title in titles:
        assert clean_text(title, Names())[0] == one_line(title)
