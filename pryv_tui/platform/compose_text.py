"""Read compose files, more tolerantly than Docker's own programs do. Pure.

This program only needs to know which service makes which container. Tags of newer versions
(`!reset`, `!override`; compose-spec, 13-merge.md) and anchors must not prevent that.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from pryv_tui.yaml_trees import yaml_events

# Bounded: without a limit, each of a hundred thousand `${A:?` in a row would scan to the end of the
# text. Atomic, without backtracking, since the replacement text may itself hold variables.
_INSTEAD = r"(?>[^}$]{1,1000}|\$\{[^{}]{0,200}\}|\$){0,40}+"
_VARIABLE = re.compile(
    r"\$(?:\$|\{(?P<braced>[A-Za-z_]\w*)(?:(?P<how>:?[-?+])(?P<what>"
    + _INSTEAD
    + r"))?\}|(?P<bare>[A-Za-z_]\w*))"
)


def remarks(content: bytes) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Find what not every version of compose accepts.

    Returns:
        The tags, which docker-compose 1 does not know; the keys that occur twice in one mapping,
        which docker compose 2 refuses.

    Raises:
        Undecodable: the content is not valid YAML, so no version can bring it up.
    """
    # Imported here, since most commands read no YAML.
    import yaml

    tags, twice = set[str](), set[str]()
    # For each open collection: its keys so far (None for a list), and whether a key comes next.
    held: list[set[str] | None] = []
    at_key: list[bool] = []
    for event in yaml_events(content):
        tag = getattr(event, "tag", None)
        if isinstance(tag, str) and tag.startswith("!"):
            tags.add(tag)
        if isinstance(event, yaml.CollectionEndEvent):
            held.pop()
            at_key.pop()
        elif not isinstance(event, yaml.NodeEvent):
            continue
        elif held and at_key[-1] and isinstance(event, yaml.ScalarEvent):
            keys = held[-1] or set()
            if event.value in keys and event.value != "<<":
                twice.add(event.value)
            keys.add(event.value)
            held[-1] = keys
            at_key[-1] = False
            continue
        if isinstance(event, yaml.CollectionStartEvent):
            held.append(set() if isinstance(event, yaml.MappingStartEvent) else None)
            at_key.append(isinstance(event, yaml.MappingStartEvent))
        elif held and held[-1] is not None:
            # A value has ended, so a key comes next.
            at_key[-1] = True
    return tuple(sorted(tags)), tuple(sorted(twice))


LONGEST = 4096
"""Most characters of a path or name once its variables are filled in (PATH_MAX)."""


class TooLong(ValueError):
    """A text that becomes longer than any name or path when its variables are filled in."""


def services_of(tree: Any) -> dict[str, dict[str, Any]]:
    """The services of a compose file, by name.

    They are under `services` (version 2 and later) or at the top of the file (version 1).
    """
    if not isinstance(tree, dict):
        return {}
    services = tree.get("services")
    if services is None and "include" not in tree:
        services = {
            name: body
            for name, body in tree.items()
            if isinstance(body, dict) and {"image", "build", "extends"} & set(body)
        }
    if not isinstance(services, dict):
        return {}
    # A service without a body was removed (`!reset`), or can't be brought up.
    return {str(name): body for name, body in services.items() if isinstance(body, dict)}


def filled(text: str, environment: Mapping[str, str]) -> str:
    """Fill in a text's variables, as compose-spec's 12-interpolation.md says.

    Raises:
        TooLong: the result has more than `LONGEST` characters; a short text may name a long value
            many times.
    """

    def value(found: re.Match[str]) -> str:
        name = found["braced"] or found["bare"]
        if name is None:
            return "$"
        if name in environment and found["how"] is None:
            return environment[name]
        instead = _instead(found, environment)
        if instead is not None:
            return filled(instead, environment)
        return "" if (found["how"] or "").endswith("+") else environment.get(name, "")

    parts, length, at = [], 0, 0
    for found in _VARIABLE.finditer(text):
        parts += [text[at : found.start()], value(found)]
        length += len(parts[-2]) + len(parts[-1])
        at = found.end()
        if length > LONGEST:
            break
    if length + len(text) - at > LONGEST:
        raise TooLong(f"a name or a path in it has more than {LONGEST} letters")
    return "".join(parts) + text[at:]


def _instead(found: re.Match[str], environment: Mapping[str, str]) -> str | None:
    """The replacement text of a variable (`${NAME:-text}`), which may have variables itself.

    None if the variable's own value, or nothing, is used instead.
    """
    how, known = found["how"] or "", environment.get(found["braced"] or found["bare"])
    there = known is not None and (known != "" or ":" not in how)
    return (found["what"] or "") if how[-1:] == ("+" if there else "-") else None


def required(tree: Any, environment: Mapping[str, str]) -> list[str]:
    """The variables without a value that a file requires (`${NAME:?…}`): compose refuses the
    file."""
    found: set[str] = set()
    pending = list(_texts(tree))
    while pending:
        for variable in _VARIABLE.finditer(pending.pop()):
            how, name = variable["how"] or "", variable["braced"]
            if not how.endswith("?"):
                pending += [more] if (more := _instead(variable, environment)) else []
                continue
            if name not in environment or (how == ":?" and not environment[name]):
                found.add(name)
    return sorted(found)


def variables_of(tree: Any) -> set[str]:
    """The names of all variables in the texts of a tree."""
    names, pending = set[str](), list(_texts(tree))
    while pending:
        for found in _VARIABLE.finditer(pending.pop()):
            if name := found["braced"] or found["bare"]:
                names.add(name)
            pending += [found["what"]] if found["what"] else []
    return names


def _texts(tree: Any) -> Iterator[str]:
    """Every text of a tree. A node that several aliases refer to is visited once."""
    pending, seen = [tree], set[int]()
    while pending:
        node = pending.pop()
        if isinstance(node, str):
            yield node
        elif isinstance(node, dict | list) and id(node) not in seen:
            seen.add(id(node))
            pending.extend(node.values() if isinstance(node, dict) else node)
