"""The program as a process: its terminal, its streams, its locale; and the turns themselves."""

from __future__ import annotations

from tests.suite.families.family import Family, each

FAMILIES: tuple[Family, ...] = (
    *each(
        4,
        "Signals to who looks at a run: it goes on.",
        "journeys/test_terminal.py",
        "test_a_viewer_that_is_signalled_leaves_the_run_alone",
    ),
    *each(
        2,
        "Kinds of run whose terminal is killed: it goes on.",
        "journeys/test_terminal.py",
        "test_a_killed_terminal_does_not_end_the_run",
    ),
    *each(
        6,
        "Locales: what is written in one is read in the next.",
        "cli/printing/test_streams.py",
        "test_a_locale_without_the_character",
    ),
    *each(
        4,
        "Ways in which a stream is closed or full: a run is followed to its end and decides.",
        "cli/printing/test_streams.py",
        "test_a_run_is_followed_to_its_end_and_decides",
    ),
    *each(
        4,
        "Commands that only look, and how their streams are closed or full: their exit code.",
        "cli/printing/test_streams.py",
        "test_who_only_looks",
    ),
    *each(
        3,
        "Numbers: the turns themselves are tried with them.",
        "suite/test_a_case.py",
        "test_a_case",
    ),
)
