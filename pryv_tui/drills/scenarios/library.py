"""Find scenarios that can be played: the shipped ones, and those in a site's own folder."""

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
    """One scenario file; it may be unplayable."""

    name: str
    path: Path
    source: Source
    scenario: Scenario | None = None
    problem: PryvTuiError | None = None
    """Why the scenario can't be played; then `scenario` is None."""


class Chosen(NamedTuple):
    """A scenario that can be played, and its file."""

    scenario: Scenario
    path: Path
    sha256: str
    """SHA-256 of the file's content as it was read."""

    @property
    def shipped(self) -> bool:
        return self.path.parent == SHIPPED


def read(path: Path) -> Scenario:
    """Read a scenario from a file, and check its story.

    Raises:
        PryvTuiError: `scenario`, the file or its story is wrong; `not-private`, somebody else can
            write to the file, and people will type the commands in it.
    """
    return _read(path).scenario


def _read(path: Path) -> Chosen:
    if path.parent != SHIPPED:
        _refuse_open(path)
    scenario, reader = open_scenario(path)
    check(scenario, reader.wrong, stem=path.stem)
    return Chosen(scenario, path, hashlib.sha256(reader.text.encode()).hexdigest())


def file_hash(name: str, site: Path | None = None) -> str:
    """Return the SHA-256 of the file of the scenario with this name, even if it can't be played;
    empty if there is no such file, or it can't be read."""
    for folder in (site, SHIPPED):
        path = folder / f"{name}{SUFFIX}" if folder is not None else None
        try:
            if path is not None and path.exists():
                return hashlib.sha256(read_whole(path, limit=LINE)).hexdigest()
        except OSError:
            return ""
    return ""


def is_shipped(name: str, sha256: str) -> bool:
    """Whether this version ships the scenario in a file with this SHA-256."""
    return bool(sha256) and sha256 == _shipped().get(name)


@cache
def _shipped() -> dict[str, str]:
    return {
        path.stem: hashlib.sha256(read_whole(path, limit=LINE)).hexdigest()
        for path in SHIPPED.glob(f"*{SUFFIX}")
    }


def shelf(site: Path | None = None) -> list[Shelf]:
    """Return all scenario files, sorted by name. A site's file replaces a shipped one of the same
    name.

    Args:
        site: the site's own folder; None if there is none.

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
    """Return the scenario with this name.

    Raises:
        PryvTuiError: `scenario`, there is none, or its file can't be played.
    """
    return chosen(name, site).scenario


def chosen(name: str, site: Path | None = None) -> Chosen:
    """Return the scenario with this name, with its file.

    Raises:
        PryvTuiError: `scenario`, there is none, or its file can't be played.
    """
    # Only this scenario's file is read: a fault in another file must not make it unplayable.
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
        f"there is no scenario {name!r}{like}" if name.strip() else "the scenario's name is empty",
        "To see the scenarios: pryv-tui drill scenarios",
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
            f"the scenario {path} is refused: {found.why}, and people type the commands that it"
            " shows",
            found.closes or "Read it, then copy it to where only you, or root, can write",
        )
