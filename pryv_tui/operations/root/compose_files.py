"""Read what a root's compose files declare, and what keeps docker-compose from using them."""

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
"""Longest chain of files that refer to one another (`include`, `extends`)."""
_MOST_FILES = 100
"""Most files named by `include`, and most files read, in all.

Without a limit, eight files that each include the next one twenty times would take years.
"""
_LINKS = 40
"""Most links in a path, as in the kernel (path_resolution(7))."""
_MOST_BYTES = 2 * LARGEST
"""Most bytes of all files together."""


class ComposeService(msgspec.Struct, frozen=True):
    """A container that a compose file declares."""

    file: str
    service: str
    container: str
    powers: tuple[str, ...] = ()
    """The rights that the service asks for beyond a plain container (`platform.powers`)."""


class ComposeFile(msgspec.Struct, frozen=True, kw_only=True):
    """One of a root's compose files, with all files that it includes."""

    file: str
    services: tuple[ComposeService, ...] = ()
    problem: str = ""
    """Why no program can create containers from it; empty if no reason is known."""
    tags: tuple[str, ...] = ()
    """YAML tags in it that only docker compose 2 understands."""
    twice: tuple[str, ...] = ()
    """Duplicate keys: docker compose 2 refuses them, docker-compose 1 takes the last."""
    bodies: dict[str, dict[str, Any]] = {}
    """By service: the service's whole body, including what it gets through `extends`."""


def read_compose(
    folder: Path, root: str = "", environment: Mapping[str, str] | None = None
) -> list[ComposeFile]:
    """Read the root's compose files that exist. A problem is recorded in `problem`, never raised.

    Args:
        folder: the root, or a set's copy of it.
        root: the root's path in the files, if that is another folder.
        environment: the environment variables with which they would be used; None: this process's.
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
    """Parse a file; return its tree, which must not be changed, its tags and its duplicate keys.

    The result is cached, since a run reads the same few files again and again.

    Raises:
        Undecodable: the content is not YAML, or expands beyond all limits.
    """
    return decode_yaml(content), *remarks(content)


class _Problem(Exception):
    """Why no container can be created from a file."""


class _Reader:
    """Reads one compose file."""

    def __init__(self, folder: Path, relative: str, environment: Mapping[str, str]) -> None:
        self._folder = folder
        self._relative = relative
        self._root = Path(environment[ROOT_VARIABLE])
        beside = (folder / relative).parent
        # docker compose 2 names the project after the file's folder, in this variable.
        self._environment = {PROJECT: beside.name, **_dotenv(beside, environment), **environment}
        self._tags: set[str] = set()
        self._twice: set[str] = set()
        self._trees: dict[Path, Tree] = {}
        self._included = 0
        self._bytes = 0
        self._powers_of: dict[tuple[Path, int], set[str]] = {}
        """By file and body: the rights found. Many services may extend the same one."""
        self._holders: dict[Path, str] = {}
        self._no_links: set[str] = set()
        """Parts of paths that were not links when this file was read: most mounts share them."""
        self._known_there: set[tuple[Path, int]] = set()
        """Lists of `env_file` that were checked, by file and list."""

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
        """Yield name, container, rights and body of each service; services of included files
        first."""
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
                f"{self._name(path)} uses {', '.join(lacking)}, which"
                f" {'has' if len(lacking) == 1 else 'have'} no value here"
            )

    def _powers(self, path: Path, tree: Tree, body: dict[str, Any], depth: int) -> set[str]:
        """The rights that a service asks for, including those of the services that it extends.

        docker-compose joins the lists of both.
        """
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
        """Say which folder outside the root a container gets through a mount; empty if it is
        inside."""
        source = bind.source
        if "$" in source or source.startswith("~"):  # a home folder, or a variable not known here
            return mounts(source, read_only=bind.read_only)
        named = source if source.startswith("/") else f"{self._holder(path)}/{source}"
        outside = self._outside(os.path.normpath(named))
        return mounts(outside, read_only=bind.read_only) if outside else ""

    def _holder(self, path: Path) -> str:
        """The folder that the mounts of a file are relative to.

        It is in the root, even if the files that are read are a copy.
        """
        if path not in self._holders:
            inside = path.is_relative_to(self._folder)
            holder = self._root / path.relative_to(self._folder).parent if inside else path.parent
            self._holders[path] = str(holder)
        return self._holders[path]

    def _outside(self, named: str) -> str:
        """The path outside the root to which a path leads, itself or through links; empty if
        inside."""
        # Text, not Path: this is asked for each mount of each service, and Paths take far longer.
        root, folder = str(self._root), str(self._folder).rstrip("/")
        for _ in range(_LINKS):
            if named != root and not named.startswith(f"{root.rstrip('/')}/"):
                return named
            parts = [part for part in named[len(root) :].split("/") if part]
            way = folder
            for count, part in enumerate(parts):
                way = f"{way}/{part}"
                if way in self._no_links:
                    continue
                if os.path.islink(way):  # noqa: PTH114
                    target = self._root.joinpath(*parts[:count]) / Path(way).readlink()
                    named = os.path.normpath(target.joinpath(*parts[count + 1 :]))
                    break
                self._no_links.add(way)
            else:
                return ""
        return named

    def _base(self, path: Path, body: dict[str, Any]) -> tuple[Path, str] | None:
        """File and name of the service that this one extends, or None."""
        asked = body.get("extends")
        if not asked:
            return None
        whose = asked if isinstance(asked, dict) else {"service": asked}
        file = str(whose["file"]) if whose.get("file") else ""
        return (self._at(path, file) if file else path), str(whose.get("service"))

    def _need_env_files(self, path: Path, name: str, body: dict[str, Any]) -> None:
        # Services that extend the same one share its list object: check each list once.
        which = (path, id(body.get("env_file")))
        if which in self._known_there:
            return
        for file in _env_files(body):
            if not self._at(path, file).exists():
                raise _Problem(f"{self._name(path)}: {name} needs {file}, which does not exist")
        self._known_there.add(which)

    def _extended(self, path: Path, name: str, body: dict[str, Any], depth: int) -> dict[str, Any]:
        """The body of a service, merged with that of the service that it extends."""
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
            raise _Problem(f"{self._relative} needs {self._name(path)}, which is missing") from None
        except (OSError, Undecodable) as error:
            raise _Problem(f"{self._name(path)} can't be read: {why(error)}") from error
        self._tags |= set(tags)
        self._twice |= set(twice)
        self._trees[path] = tree
        return tree

    def _too_many(self) -> _Problem:
        return _Problem(f"{self._relative}: it refers to itself, or to too many files")

    def _at(self, path: Path, named: str) -> Path:
        """The path of a file that another file refers to.

        A path in the root is turned into the path in the copy, if a copy is read.
        """
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
    """The files that a file includes: a list of names, or of mappings with one or several names."""
    listed = tree.get("include") if isinstance(tree, dict) else None
    for each in listed if isinstance(listed, list) else ():
        paths = each.get("path") if isinstance(each, dict) else each
        yield from map(str, paths if isinstance(paths, list) else [paths])


def _env_files(body: dict[str, Any]) -> Iterator[str]:
    """The `env_file`s without which a service can't be created."""
    listed = body.get("env_file")
    for each in listed if isinstance(listed, list) else [listed] if listed else ():
        if not isinstance(each, dict):
            yield str(each)
        elif each.get("path") and each.get("required") != "false":
            yield str(each["path"])


def _dotenv(folder: Path, environment: Mapping[str, str]) -> dict[str, str]:
    """The variables of a `.env` beside a compose file, as docker compose 2 reads it.

    Source: docs.docker.com, "Env file syntax".
    """
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
    """A value without its quotes, and without a comment after it."""
    quoted = said[:1] if said[:1] in ("'", '"') and said.find(said[:1], 1) > 0 else ""
    value = said[1 : said.find(quoted, 1)] if quoted else _REMARK.split(said, maxsplit=1)[0]
    if quoted == "'":
        return value
    try:
        return filled(value, known)
    except TooLong:
        return value
