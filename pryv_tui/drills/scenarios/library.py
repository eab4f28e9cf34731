"""The scenarios that can be played: those that are shipped, and those of a site's own folder."""

from __future__ import annotations

import difflib
import hashlib
import os
from functools import cache
from pathlib import Path
from typing import Literal, NamedTuple

from pryv_tui.drills.scenarios.checking import check
from pryv_tui.drills.scenarios.model import Scenario
from pryv_tui.drills.scenarios.reading import open_scenario
from pryv_tui.errors import PryvTuiError
from pryv_tui.ownership import distrust_file
from pryv_tui.reading import LINE, read_whole

SHIPPED = Path(__file__).with_name("shipped")
SUFFIX = ".toml"

Source = Literal["shipped", "site"]


class Shelf(NamedTuple):
    """One file that is there."""

    name: str
    path: Path
    source: Source
    scenario: Scenario | None = None
    problem: PryvTuiError | None = None
    """Why it can't be played; then there is no scenario."""


class Chosen(NamedTuple):
    """A scenario that can be played, and its file."""

    scenario: Scenario
    path: Path
    sha256: str
    """Of what was read of the file, byte for byte."""

    @property
    def shipped(self) -> bool:
        return self.path.parent == SHIPPED


def read(path: Path) -> Scenario:
    """The scenario of a file, whose story holds together.

    Raises:
        PryvTuiError: `scenario`; `not-private`, somebody else can write to the file: it shows
            commands that people will type.
    """
    return _read(path).scenario


def _read(path: Path) -> Chosen:
    if path.parent != SHIPPED:
        _refuse_open(path)
    scenario, reader = open_scenario(path)
    check(scenario, reader.wrong, stem=path.stem)
    return Chosen(scenario, path, hashlib.sha256(reader.text.encode()).hexdigest())


def is_shipped(name: str, sha256: str) -> bool:
    """Whether a file with this hash is the one that this version has of a scenario."""
    return bool(sha256) and sha256 == _shipped().get(name)


@cache
def _shipped() -> dict[str, str]:
    return {
        path.stem: hashlib.sha256(read_whole(path, limit=LINE)).hexdigest()
        for path in SHIPPED.glob(f"*{SUFFIX}")
    }


def shelf(site: Path | None = None) -> list[Shelf]:
    """All that are there, by their names; one of the site comes in place of a shipped one.

    Args:
        site: the site's own folder.

    Raises:
        PryvTuiError: `scenario`, the site's folder can't be read.
    """
    found: dict[str, Shelf] = {}
    for folder, source in ((SHIPPED, "shipped"), (site, "site")):
        if folder is None:
            continue
        for path in _files(folder):
            try:
                one = Shelf(path.stem, path, _source(source), read(path))
            except PryvTuiError as error:
                one = Shelf(path.stem, path, _source(source), None, error)
            found[path.stem] = one
    return [found[name] for name in sorted(found)]


def named(name: str, site: Path | None = None) -> Scenario:
    """The scenario of a name.

    Raises:
        PryvTuiError: `scenario`, there is none, or its file can't be played.
    """
    return chosen(name, site).scenario


def chosen(name: str, site: Path | None = None) -> Chosen:
    """The scenario of a name, and its file.

    Raises:
        PryvTuiError: `scenario`, there is none, or its file can't be played.
    """
    # Only its own file is read: what is wrong with another keeps nobody from playing this one.
    for folder in (site, SHIPPED):
        if folder is not None:
            for path in _files(folder):
                if path.stem == name:
                    return _read(path)
    known = [path.stem for folder in (site, SHIPPED) if folder for path in _files(folder)]
    close = difflib.get_close_matches(name, known, 1)
    like = f" ({close[0]}?)" if close else ""
    raise PryvTuiError(
        "scenario",
        f"no scenario is called {name!r}{like}" if name.strip() else "the scenario's name is empty",
        "Those that can be played: pryv-tui drill scenarios",
    )


def _source(name: str) -> Source:
    return "site" if name == "site" else "shipped"


def _files(folder: Path) -> list[Path]:
    try:
        return sorted(path for path in folder.iterdir() if path.suffix == SUFFIX)
    except OSError as error:
        raise PryvTuiError(
            "scenario",
            f"the folder of scenarios {folder} can't be read: {error.strerror or error}",
            "Make it, or take `scenarios` out of the configuration file.",
        ) from error


def _refuse_open(path: Path) -> None:
    found = distrust_file(path, os.environ)
    if found is not None:
        raise PryvTuiError(
            "not-private",
            f"the scenario {path} is not played: {found.why}, and people type the commands that it"
            " shows",
            found.closes or "Copy it, when you have read it, to where only you, or root, can write",
        )
