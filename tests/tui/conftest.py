"""A practice platform for every test of the interface."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from pryv_tui.operations.settings.resolve import Settings, resolve_settings
from pryv_tui.practice.platform import PracticePlatform
from pryv_tui.runs.record.history import all_runs
from pryv_tui.runs.start import cancel_run
from tests.helpers import copied
from tests.tui.sheets import parsed_once


@pytest.fixture(scope="session", autouse=True)
def sheets() -> Iterator[None]:
    with parsed_once():
        yield


@pytest.fixture
def platform(tmp_path: Path, request: pytest.FixtureRequest) -> PracticePlatform:
    folder = tmp_path / "platform"
    if "with_set" in request.fixturenames:
        return copied.with_set(folder, users=4, attachments=4, label="first")
    return copied.new(folder, users=4, attachments=4)


def _end_runs(state: Path) -> None:
    """A run of which the test process itself is the worker ends with its test: a signal would end
    the process, and all other tests with it."""
    for record in all_runs(state):
        if record.state in ("starting", "running") and record.pid != os.getpid():
            cancel_run(state, record.id)


@pytest.fixture
def settings(platform: PracticePlatform) -> Iterator[Settings]:
    chosen = resolve_settings(practice=str(platform.folder), environment={})
    yield chosen
    _end_runs(Path(chosen.state))


@pytest.fixture
def with_set(settings: Settings) -> Settings:
    """The same with one backup set in the vault, labelled "first": no test is about how it came
    there, so it is made once and copied."""
    return settings


@pytest.fixture
def slow(tmp_path: Path) -> Iterator[Settings]:
    """A platform whose stores take so long that a run is surely still going on."""
    folder = PracticePlatform.create(tmp_path / "slow", users=2, attachments=2, pace=20.0).folder
    chosen = resolve_settings(practice=str(folder), environment={})
    yield chosen
    _end_runs(Path(chosen.state))
