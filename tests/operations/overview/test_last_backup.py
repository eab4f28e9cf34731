"""The last backup: what is so of it, whatever older set there is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from pryv_tui.operations.overview.backup_words import backup_attention, backup_json, interval
from pryv_tui.operations.overview.last_backup import (
    BROKEN,
    LastBackup,
    Try,
    TryEnd,
    last_backup,
)
from pryv_tui.operations.overview.overview import Overview, attention
from pryv_tui.platform.roles import RoleName
from pryv_tui.tui.text.overview import summary
from tests.operations.kit import deployed, manifest_of, part, set_of

NOW = datetime.now(UTC)
HOUR = 3600.0
HERE: tuple[RoleName, ...] = ("core", "register")
ENDS: tuple[TryEnd, ...] = ("failed", "died", "never_began", "refused", "cancelled", "busy")


def before(**more: float) -> str:
    return (NOW - timedelta(**more)).isoformat()


def a_try(end: TryEnd, hours: float, why: str = "") -> Try:
    return Try(end=end, at=before(hours=hours), run=f"run-{hours:g}", why=why)


def found_of(
    *tries: Try,
    made: float | None = 9,
    every: float | None = None,
    in_doubt: bool = False,
    going_on: bool = False,
) -> LastBackup:
    """What is so where the newest set was made so many hours ago; None: there is none."""
    newest = None
    if made is not None:
        newest = set_of(manifest_of(part("one", *HERE), created=before(hours=made)))
    return last_backup(
        *(newest, tries), now=NOW, every=every, roles=HERE, going_on=going_on, in_doubt=in_doubt
    )


def shown(found: LastBackup) -> str:
    """The line of the overview, 80 cells wide at most."""
    platform = deployed("core", "register")
    over = Overview(deployment=platform, sets=(), last=found.newest, attention=(), backup=found)
    (line,) = [x for x in summary(over).plain.splitlines() if "Last backup" in x]
    assert len(line) <= 80
    return line


def test_good_is_said_only_where_nothing_failed_since() -> None:
    assert found_of().state == "good"
    assert backup_attention(found_of()) is None
    assert "✓" in shown(found_of())


@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize("made", [9, None])
def test_each_end_of_a_try_has_its_word_whatever_older_set_there_is(
    end: TryEnd, made: float | None
) -> None:
    found = found_of(a_try(end, 3), made=made)
    assert found.state == end
    item = backup_attention(found)
    assert item is not None
    assert item.level == ("failed" if end in BROKEN else "warning")
    assert "✓" not in shown(found)
    others = [backup_attention(found_of(a_try(other, 3))) for other in ENDS if other != end]
    assert item.text not in [other.text for other in others if other is not None]
    (told,) = backup_json(found)["tries"]
    assert told["end"] == end


def test_three_that_failed_in_a_row_are_counted_and_the_reason_is_the_last_one_s() -> None:
    found = found_of(*(a_try("failed", hours, f"why {hours}") for hours in (3, 2, 1)))
    item = backup_attention(found)
    assert item is not None and item.level == "failed"
    assert "why 1" in item.text and "3 attempts" in item.text and "9 hours old" in item.text
    assert "pryv-tui attach run-1" in item.remedy
    assert "✗ failed 1 h ago" in shown(found) and "3 tries" in shown(found)


def test_a_set_that_was_made_after_a_failure_settles_it() -> None:
    assert found_of(a_try("failed", 10)).state == "good"
    assert found_of(a_try("busy", 10), a_try("failed", 9.5)).state == "good"
    assert found_of(a_try("failed", 10), a_try("cancelled", 8)).tries == (a_try("cancelled", 8),)


def test_overdue_is_what_the_configuration_says_and_nothing_else() -> None:
    assert found_of(made=900).overdue is None
    assert found_of(made=23, every=24 * HOUR).overdue is False
    late = found_of(made=25, every=24 * HOUR)
    assert (late.overdue, late.state) == (True, "overdue")
    item = backup_attention(late)
    assert item is not None and item.level == "failed"
    assert "24 hours" in item.text and "25 hours old" in item.text
    none = found_of(made=None, every=24 * HOUR)
    assert none.state == "overdue"
    # A try that was cancelled does not hide that none was taken in time.
    both = found_of(a_try("cancelled", 3), made=25, every=24 * HOUR)
    assert both.state == "overdue"
    item = backup_attention(both)
    assert item is not None and "cancelled" in item.text and "overdue" in item.text
    assert item.level == "failed"


def test_one_that_is_being_taken_is_not_overdue_and_the_failed_ones_are_still_told() -> None:
    now = found_of(a_try("failed", 3), made=25, every=24 * HOUR, going_on=True)
    assert now.overdue is False
    item = backup_attention(now)
    assert (
        item is not None and item.level == "info" and "Another backup is running now" in item.text
    )
    assert "▶ being taken now" in shown(now) and "failed 3 h ago" in shown(now)


def test_a_vault_that_can_t_be_seen_is_no_vault_without_sets() -> None:
    found = found_of(made=None, in_doubt=True, every=24 * HOUR)
    assert (found.state, found.overdue) == ("not_known", None)
    assert "not known" in shown(found) and "no set" not in shown(found)
    refused = found_of(a_try("refused", 1), made=None, in_doubt=True)
    assert "sets not known" in shown(refused)


def test_a_set_without_a_role_that_is_here_is_not_good() -> None:
    newest = set_of(manifest_of(part("one", "core"), created=before(hours=1)))
    found = last_backup(newest, (), now=NOW, roles=HERE)
    assert (found.state, found.lacks) == ("incomplete", ("register",))
    assert "✓" not in shown(found)


def test_the_day_that_nobody_asked_for_gives_way_to_what_was_said() -> None:
    """Without a word of the configuration, a day is old; with one, that counts."""
    platform = deployed("core", "register")
    newest = set_of(manifest_of(part("one", *HERE), created=before(hours=30)))

    def old(every: float | None) -> bool:
        found = last_backup(newest, (), now=NOW, every=every, roles=HERE)
        items = attention(platform, (newest,), newest, latest=found)
        return any(item.old_backup for item in items)

    assert old(None) and not old(7 * 24 * HOUR)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (24 * HOUR, "24 hours"),
        (7 * 24 * HOUR, "7 days"),
        (90 * 60, "90 minutes"),
        (45, "45 seconds"),
        (HOUR, "1 hour"),
    ],
)
def test_how_often_as_people_say_it(seconds: float, words: str) -> None:
    assert interval(seconds) == words
