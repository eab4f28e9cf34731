"""Which tests `make check` leaves out: those that start programs, draw screens or need an engine.

The mark `slow` is given by place, so that no test has to be marked by hand: a new test in one of
these folders has it, one anywhere else is fast until its file is named here. A file belongs here
when its tests take more than about four seconds of processor time together.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby
from operator import attrgetter
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
FOLDERS = frozenset(
    {"damage", "faults", "golden", "journeys", "kill", "real", "remedies", "restic", "tui"}
)
"""Below `tests/`, with all that they hold."""
FILES: frozenset[str] = frozenset(
    {
        "claims/each/test_of_each_run.py",
        "cli/printing/test_streams.py",
        "cli/test_containers.py",
        "cli/test_lost_role.py",
        "cli/test_open_state.py",
        "cli/test_open_vault.py",
        "cli/test_release.py",
        "cli/test_runs.py",
        "cli/test_unnamed.py",
        "cli/test_unreadable_sets.py",
        "cli/test_usage.py",
        "drills/signing/test_edited.py",
        "drills/signing/test_spoilt_records.py",
        "drills/signing/test_unfinished.py",
        "drills/signing/test_ways_lead_out.py",
        "drills/test_all_ways.py",
        "formats/test_bombs.py",
        "hosts/test_docker_programs.py",
        "incidents/test_lost_since.py",
        "incidents/test_two_terminals.py",
        "operations/audit/test_whose.py",
        "operations/drilling/test_wiring.py",
        "operations/plans/test_hostile_words.py",
        "operations/root/test_compose_files.py",
        "operations/sets/test_pruning.py",
        "operations/sets/test_restorable.py",
        "operations/sets/test_retention.py",
        "operations/stores/test_redis_forms.py",
        "operations/stores/test_redis_ways_out.py",
        "operations/test_debts.py",
        "practice/test_commands_say.py",
        "practice/test_engine.py",
        "practice/test_nursery.py",
        "runs/test_now.py",
        "suite/test_second_look.py",
        "suite/test_turns.py",
        "vault/copying/pieces/test_pieces.py",
        "vault/copying/pieces/test_pieces_linked.py",
        "vault/copying/pieces/test_pieces_meanwhile.py",
        "vault/copying/pieces/test_pieces_waiting.py",
        "vault/copying/test_copy.py",
        "vault/copying/test_count.py",
        "vault/files/test_same_file.py",
        "vault/native/test_ahead.py",
        "vault/native/test_logs.py",
        "vault/parallel/test_any_damage.py",
        "vault/parallel/test_checks.py",
        "vault/parallel/test_copy_pool.py",
        "vault/parallel/test_let_go.py",
    }
)
"""Below `tests/`."""
DEAR: frozenset[str] = frozenset(
    {
        "house_rules/test_loaded_by_one.py",
        "incidents/reported/test_unread_closed.py",
        "operations/audit/test_made_here.py",
        "operations/comparing/test_meant.py",
        "operations/comparing/test_theirs.py",
        "operations/drilling/test_expired.py",
        "operations/emptied/test_emptied.py",
        "operations/lost/test_lost.py",
        "operations/sets/test_strangers.py",
        "practice/test_platform.py",
        "practice/test_while_it_changes.py",
        "practice/tools/test_influxd.py",
        "practice/tools/test_mongodump.py",
        "runs/record/test_untold.py",
        "runs/test_looks.py",
        "suite/test_rewritten.py",
        "test_deep_trees.py",
        "vault/lists/test_names_with_others.py",
        "vault/parallel/test_copy_pool_ends.py",
    }
)
"""Below `tests/`, files with the mark `dear`: `make check` leaves them out as well, each for two to
four seconds of processor time. What they run of the program counts in `make coverage`."""
MEASURED = "not slow"
"""What `make coverage` gives to `-m`."""
ONLY_FAST = "not slow and not dear"
"""What `make check` gives to `-m`."""
PATIENT = frozenset({"faults", "kill", "real"})
"""Folders whose tests may take longer than the limit for each test: they wait for an engine, for
the lock on it, or go through a whole matrix."""
PATIENCE = 3600
"""Seconds that such a test may take."""


def is_slow(place: Path) -> bool:
    """Whether tests of a file are slow.

    Args:
        place: the file, relative to `tests/`.
    """
    return place.parts[0] in FOLDERS or place.as_posix() in FILES


def is_dear(place: Path) -> bool:
    """Whether tests of a file, relative to `tests/`, are left out of `make check` though they are
    not slow."""
    return place.as_posix() in DEAR


def is_left_out(path: Path, config: pytest.Config) -> bool:
    """Whether a folder or file need not even be imported: all of it is slow, or dear, and others
    alone are asked for."""
    asked = config.getoption("markexpr", "")
    if asked not in (ONLY_FAST, MEASURED) or not path.is_relative_to(TESTS):
        return False
    place = path.relative_to(TESTS)
    dear = asked == ONLY_FAST and is_dear(place)
    return bool(place.parts) and (dear or is_slow(place))


def mark(items: Iterable[pytest.Item], config: pytest.Config) -> None:
    """Give each test the marks that follow from its place."""
    limited = config.pluginmanager.hasplugin("timeout")
    # The items of a file come after each other, and are asked about once.
    for path, of_file in groupby(items, attrgetter("path")):
        if not path.is_relative_to(TESTS):
            continue
        place = path.relative_to(TESTS)
        patient = limited and place.parts[0] in PATIENT
        named = "slow" if is_slow(place) else "dear" if is_dear(place) else ""
        for item in of_file if named or patient else ():
            if named:
                item.add_marker(named)
            if patient:
                item.add_marker(pytest.mark.timeout(PATIENCE))
