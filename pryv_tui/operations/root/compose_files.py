"""What a root's compose files declare, and what keeps a program from bringing it up."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import msgspec

from pryv_tui.decoding import Undecodable, why
from pryv_tui.platform.compose_text import TooLong, filled, remarks, required, services_of
from pryv_tui.platform.powers import Bind, mounts, wish_of
from pryv_tui.platform.roles import COMPOSE_FILES
from pryv_tui.reading import read_whole
from pryv_tui.yaml_trees import LARGEST, Tree, decode_yaml

ROOT_VARIABLE = "PRYV_CONF_ROOT"
PROJECT = "COMPOSE_PROJECT_NAME"
_REMARK = re.compile(r"(?:^|\s)#")
_DEPTH = 8
"""So many files may follow from one another (`include`, `extends`)."""
_MOST_FILES = 100
"""So many may be named by `include`, and so many be read, in all: eight files, each of which names
the next one twenty times, would be followed for years."""
_LINKS = 40
"""Links that a path may lead through, as the kernel has it (path_resolution(7))."""
_MOST_BYTES = 2 * LARGEST
"""Of all of them."""


class ComposeService(msgspec.Struct, frozen=True):
    """A container as a compose file declares it."""

    file: str
    service: str
    container: str
    powers: tuple[str, ...] = ()
    """What it asks for beyond its own walls, in the words of `platform.powers`."""


class ComposeFile(msgspec.Struct, frozen=True, kw_only=True):
    """One of a root's compose files, with all that it includes."""

    file: str
    services: tuple[ComposeService, ...] = ()
    problem: str = ""
    """Why no program can bring anything of it up; empty where that is not known."""
    tags: tuple[str, ...] = ()
    """What in it only docker compose 2 understands."""
    twice: tuple[str, ...] = ()
    """Keys that are there twice: docker compose 2 refuses them, docker-compose 1 takes the last."""
    bodies: dict[str, dict[str, Any]] = {}
    """By service, all that it says of it, with what it has from the one that it extends."""


def read_compose(
    folder: Path, root: str = "", environment: Mapping[str, str] | None = None
) -> list[ComposeFile]:
    """The root's compose files that are there; what can't be read is told, and never raised.

    Args:
        folder: the root, or what a set holds of it.
        root: what the files call the root, where that is another folder.
        environment: in which they would be brought up; ours where not given.
    """
    known = {**(os.environ if environment is None else environment), ROOT_VARIABLE: root}
    if not root:
        known[ROOT_VARIABLE] = str(folder)
    return [
        _Reader(folder, relative, known).read()
        for relative in COMPOSE_FILES
        if os.path.lexists(folder / relative)
    ]


@lru_cache(maxsize=8)
def _told(content: bytes) -> tuple[Tree, tuple[str, ...], tuple[str, ...]]:
    """A file's tree, which nobody changes, and what not every program takes of it: a run reads the
    same few files at each of its looks.

    Raises:
        Undecodable: it is no YAML, or unfolds beyond all bounds.
    """
    return decode_yaml(content), *remarks(content)


class _Problem(Exception):
    """Why nothing of a file can be brought up."""


class _Reader:
    """Reads one of them."""

    def __init__(self, folder: Path, relative: str, environment: Mapping[str, str]) -> None:
        self._folder = folder
        self._relative = relative
        self._root = Path(environment[ROOT_VARIABLE])
        beside = (folder / relative).parent
        # docker compose 2 names a project by its file's folder, and tells it the file.
        self._environment = {PROJECT: beside.name, **_dotenv(beside, environment), **environment}
        self._tags: set[str] = set()
        self._twice: set[str] = set()
        self._trees: dict[Path, Tree] = {}
        self._included = 0
        self._bytes = 0
        self._powers_of: dict[tuple[Path, int], set[str]] = {}
        """By file and body: many services may extend one."""
        self._known_there: set[tuple[Path, int]] = set()
        """Lists of files that are there, by whose and which."""

    def read(self) -> ComposeFile:
        path, problem = self._folder / self._relative, ""
        found: dict[str, str] = {}
        powers: dict[str, set[str]] = {}
        bodies: dict[str, dict[str, Any]] = {}
        try:
            for name, container, wanted, body in self._services(path, 0):
                found[name] = container
                bodies[name] = body
                powers.setdefault(name, set()).update(wanted)
            if not found:
                problem = f"{self._relative} declares no service"
        except _Problem as error:
            problem = str(error)
        except TooLong as error:
            problem = f"{self._relative} can't be read: {error}"
        return ComposeFile(
            file=self._relative,
            services=tuple(
                ComposeService(self._relative, *each, tuple(sorted(powers[each[0]])))
                for each in found.items()
            ),
            problem=problem,
            tags=tuple(sorted(self._tags)),
            twice=tuple(sorted(self._twice)),
            bodies=bodies,
        )

    def _services(
        self, path: Path, depth: int
    ) -> Iterator[tuple[str, str, set[str], dict[str, Any]]]:
        """Name, container, powers and body of each service; those of what is included first."""
        tree = self._load(path, depth)
        for other in _included(tree):
            self._included += 1
            if self._included > _MOST_FILES:
                raise self._too_many()
            yield from self._services(self._at(path, other), depth + 1)
        for name, body in services_of(tree).items():
            whole = self._extended(path, name, body, depth)
            container = whole.get("container_name")
            named = filled(str(container), self._environment) if container else f"pryvio_{name}"
            yield name, named, self._powers(path, tree, body, depth), whole
            self._need_env_files(path, name, whole)
        if lacking := required(tree, self._environment):
            raise _Problem(
                f"{self._name(path)} asks for {', '.join(lacking)}, which"
                f" {'has' if len(lacking) == 1 else 'have'} no value here"
            )

    def _powers(self, path: Path, tree: Tree, body: dict[str, Any], depth: int) -> set[str]:
        """What a service asks for, with what it has from those that it extends: programs put the
        lists of both together."""
        known = (path, id(body))
        if known in self._powers_of:
            return self._powers_of[known]
        wish = wish_of(body, tree if isinstance(tree, dict) else {}, self._environment)
        found = set(wish.powers)
        for bind in wish.binds:
            if words := self._mounted(path, bind):
                found.add(words)
        base = self._base(path, body)
        if base is not None:
            other, service = base
            there = self._load(other, depth + 1)
            found |= self._powers(other, there, services_of(there).get(service, {}), depth + 1)
        self._powers_of[known] = found
        return found

    def _mounted(self, path: Path, bind: Bind) -> str:
        """What a folder is that a container gets in, if it is none of the root's; else empty."""
        source = bind.source
        if "$" in source or source.startswith("~"):  # a home's, or only whoever acts on it knows
            return mounts(source, read_only=bind.read_only)
        # By the names that it all has in the root, wherever what we look at lies.
        inside = path.is_relative_to(self._folder)
        holder = self._root / path.relative_to(self._folder).parent if inside else path.parent
        outside = self._outside(os.path.normpath(holder / source))
        return mounts(outside, read_only=bind.read_only) if outside else ""

    def _outside(self, named: str) -> str:
        """Where a path leads that is none below the root, or leaves it by links; empty where it
        stays below."""
        # As text: it is asked of each mount of each service, and paths as objects take far longer.
        root, folder = str(self._root), str(self._folder).rstrip("/")
        for _ in range(_LINKS):
            if named != root and not named.startswith(f"{root.rstrip('/')}/"):
                return named
            parts = [part for part in named[len(root) :].split("/") if part]
            way = folder
            for count, part in enumerate(parts):
                way = f"{way}/{part}"
                if os.path.islink(way):  # noqa: PTH114
                    target = self._root.joinpath(*parts[:count]) / Path(way).readlink()
                    named = os.path.normpath(target.joinpath(*parts[count + 1 :]))
                    break
            else:
                return ""
        return named

    def _base(self, path: Path, body: dict[str, Any]) -> tuple[Path, str] | None:
        """File and name of the service that one extends."""
        asked = body.get("extends")
        if not asked:
            return None
        whose = asked if isinstance(asked, dict) else {"service": asked}
        file = str(whose["file"]) if whose.get("file") else ""
        return (self._at(path, file) if file else path), str(whose.get("service"))

    def _need_env_files(self, path: Path, name: str, body: dict[str, Any]) -> None:
        # Services that extend one have its very list: each is looked at once.
        which = (path, id(body.get("env_file")))
        if which in self._known_there:
            return
        for file in _env_files(body):
            if not self._at(path, file).exists():
                raise _Problem(f"{self._name(path)}: {name} needs {file}, which is not there")
        self._known_there.add(which)

    def _extended(self, path: Path, name: str, body: dict[str, Any], depth: int) -> dict[str, Any]:
        """A service with what it has from the one that it extends."""
        asked = self._base(path, body)
        if asked is None:
            return body
        other, service = asked
        base = services_of(self._load(other, depth + 1)).get(service)
        if base is None:
            raise _Problem(
                f"{self._name(path)}: {name} extends {service}, which"
                f" {self._name(other)} does not declare"
            )
        return {**self._extended(other, service, base, depth + 1), **body}

    def _load(self, path: Path, depth: int) -> Tree:
        if depth > _DEPTH:
            raise self._too_many()
        if path in self._trees:
            return self._trees[path]
        if len(self._trees) >= _MOST_FILES or self._bytes > _MOST_BYTES:
            raise self._too_many()
        try:
            content = read_whole(path, limit=LARGEST)
            self._bytes += len(content)
            tree, tags, twice = _told(content)
        except FileNotFoundError:
            raise _Problem(f"{self._relative} needs {self._name(path)}, not there") from None
        except (OSError, Undecodable) as error:
            raise _Problem(f"{self._name(path)} can't be read: {why(error)}") from error
        self._tags |= set(tags)
        self._twice |= set(twice)
        self._trees[path] = tree
        return tree

    def _too_many(self) -> _Problem:
        return _Problem(f"{self._relative} leads to itself, or through too many files")

    def _at(self, path: Path, named: str) -> Path:
        """Where a file lies that another one names; of the root, where we look at a copy of it."""
        asked = Path(filled(named, self._environment))
        if asked.is_absolute() and asked.is_relative_to(self._root):
            return self._folder / asked.relative_to(self._root)
        return path.parent / asked

    def _name(self, path: Path) -> str:
        try:
            return str(path.relative_to(self._folder))
        except ValueError:
            return str(path)


def _included(tree: Any) -> Iterator[str]:
    """The files that a file includes: a list of names, or of mappings with one or several."""
    listed = tree.get("include") if isinstance(tree, dict) else None
    for each in listed if isinstance(listed, list) else ():
        paths = each.get("path") if isinstance(each, dict) else each
        yield from map(str, paths if isinstance(paths, list) else [paths])


def _env_files(body: dict[str, Any]) -> Iterator[str]:
    """The files of variables that a service can't be made without."""
    listed = body.get("env_file")
    for each in listed if isinstance(listed, list) else [listed] if listed else ():
        if not isinstance(each, dict):
            yield str(each)
        elif each.get("path") and each.get("required") != "false":
            yield str(each["path"])


def _dotenv(folder: Path, environment: Mapping[str, str]) -> dict[str, str]:
    """The variables of a `.env` beside a compose file, as docker compose 2 reads it
    (docs.docker.com, "Env file syntax")."""
    try:
        text = read_whole(folder / ".env", limit=LARGEST).decode("utf-8-sig", "replace")
    except OSError:
        return {}
    found: dict[str, str] = {}
    for line in text.splitlines():
        name, sign, value = line.strip().removeprefix("export ").partition("=")
        if sign and not name.startswith("#"):
            found[name.strip()] = _value(value.strip(), {**found, **environment})
    return found


def _value(said: str, known: Mapping[str, str]) -> str:
    """A value without its quotes, and without the remark behind it."""
    quoted = said[:1] if said[:1] in ("'", '"') and said.find(said[:1], 1) > 0 else ""
    value = said[1 : said.find(quoted, 1)] if quoted else _REMARK.split(said, maxsplit=1)[0]
    if quoted == "'":
        return value
    try:
        return filled(value, known)
    except TooLong:
        return value
