"""Processes of xdist pass measuring on to nobody; who starts them does."""

from __future__ import annotations

from tests.helpers.measured import not_passed_on

WORDS = {"COVERAGE_PROCESS_CONFIG": "x", "COVERAGE_RUN": "true", "PATH": "/bin"}


def test_a_process_of_xdist_passes_nothing_on() -> None:
    environment = WORDS | {"PYTEST_XDIST_WORKER": "gw0"}
    not_passed_on(environment)
    assert environment == {"PATH": "/bin", "PYTEST_XDIST_WORKER": "gw0"}


def test_who_starts_them_passes_it_to_them() -> None:
    environment = dict(WORDS)
    not_passed_on(environment)
    assert environment == WORDS
