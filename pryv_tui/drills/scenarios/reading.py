"""Read a scenario's file strictly: an unknown key is an error, with file, line and key."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Literal, NoReturn, get_args, get_origin, get_type_hints

import msgspec
from msgspec.structs import FieldInfo

from pryv_tui.decoding import Undecodable, convert, decode_toml
from pryv_tui.drills.scenarios import model
from pryv_tui.drills.scenarios.model import FORMAT, Scenario
from pryv_tui.errors import PryvTuiError
from pryv_tui.operations.settings.configuration import At, holds, line_of
from pryv_tui.reading import LINE, read_whole

HELP = (
    "Fix it there, and check it again: pryv-tui drill scenarios. docs/drills.md says how to write"
    " one."
)
TABLES = {
    "decision": "decisions", "option": "options", "hint": "hints", "gate": "gates",
    "check": "checks", "end": "ends", "happening": "happenings", "act": "act",
}  # fmt: skip
"""From the names of tables in double brackets to the fields of the model that contain these
lists."""
_NAMES = {field: name for name, field in TABLES.items()}


@cache
def _fields(kind: type[msgspec.Struct]) -> tuple[dict[str, Any], dict[str, FieldInfo]]:
    """Return the types of a structure's fields by name, and the fields by their keys in the file.
    Cached, since the same structure is read many times."""
    fields = {key_of(one.name): one for one in msgspec.structs.fields(kind)}
    return get_type_hints(kind, vars(model)), fields


def key_of(field: str) -> str:
    """Return the key in the file for a field of the model."""
    return _NAMES.get(field, field)


def open_scenario(path: Path) -> tuple[Scenario, Reader]:
    """Read a scenario from its file. Return it with the reader, which finds the lines for errors.
    The story itself is not checked here (see `checking`).

    Raises:
        PryvTuiError: `scenario`, naming the file, the remedy, and line and key if known.
    """
    try:
        content = read_whole(path, limit=LINE)
        text = content.decode("utf-8")
        tree = decode_toml(content)
    except OSError as error:
        raise unusable(f"{path} can't be read: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise unusable(f"{path}, line {line}: this line is not UTF-8") from error
    except Undecodable as error:
        raise unusable(f"{path} is not TOML: {error}") from error
    reader = Reader(path, text)
    number = tree.get("format")
    if isinstance(number, int) and number != FORMAT:
        reader.wrong(
            ("format",),
            f"`format` is {number}, and this program knows {FORMAT}",
            f"Use a later version of pryv-tui, or write it as format {FORMAT}.",
        )
    made = reader.table(Scenario, tree, ())
    assert isinstance(made, Scenario)
    return made, reader


def unusable(what: str) -> PryvTuiError:
    """Return the error for a scenario's file that can't be used."""
    return PryvTuiError("scenario", what, HELP)


class Reader:
    """The reader that converts the parsed file into the model, and finds the line of each fault."""

    def __init__(self, path: Path, text: str) -> None:
        self.path = path
        self.text = text
        """The whole content of the file."""

    def table(self, kind: type[msgspec.Struct], found: Mapping[str, Any], at: At) -> Any:
        """Convert one table of the file into its structure of the model."""
        hints, fields = _fields(kind)
        for key in found:
            if key not in fields:
                close = difflib.get_close_matches(key, fields, 1)
                like = f" (`{close[0]}`?)" if close else ""
                self.wrong(
                    (*at, key),
                    f"there is no key `{key}` {self._where(at)}{like}",
                    f"The keys are: {', '.join(sorted(fields))}.",
                )
        values = {}
        for key, field in fields.items():
            if key in found:
                values[field.name] = self._value(hints[field.name], found[key], (*at, key))
            elif field.required:
                self.wrong(at, f"`{key}` is missing {self._where(at)}", "Add it.")
        return kind(**values)

    def _value(self, kind: Any, found: object, at: At) -> Any:
        inner = get_args(kind)[0] if get_origin(kind) is tuple else None
        if inner is not None and isinstance(inner, type) and issubclass(inner, msgspec.Struct):
            if isinstance(found, dict):
                self.wrong(at, f"`{at[-1]}` needs two brackets: [[{_dotted(at)}]]")
            if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
                self.wrong(at, f"`{at[-1]}` has to be a list of tables, and not {found!r}")
            return tuple(self.table(inner, one, (*at, n)) for n, one in enumerate(found))
        if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
            if not isinstance(found, dict):
                self.wrong(at, f"`{at[-1]}` has to be a table, and not {found!r}")
            return self.table(kind, found, at)
        self._need_known_word(inner or kind, found if inner else [found], at)
        try:
            value: Any = convert(found, kind)
        except Undecodable as error:
            # The decoder's message says "it" for the value: replace that by the key.
            self.wrong(at, f"`{at[-1]}` {str(error).removeprefix('it ')}")
        if isinstance(value, str) and not value.strip():
            self.wrong(at, f"`{at[-1]}` is empty", "Give it a value, or omit the line.")
        if isinstance(value, int | float) and not isinstance(value, bool) and value < 0:
            self.wrong(at, f"`{at[-1]}` can't be negative")
        return value

    def _need_known_word(self, kind: Any, found: object, at: At) -> None:
        if get_origin(kind) is not Literal or not isinstance(found, list):
            return
        words = get_args(kind)
        for one in found:
            if one not in words:
                close = difflib.get_close_matches(str(one), words, 1)
                like = f" (`{close[0]}`?)" if close else ""
                self.wrong(at, f"`{at[-1]}` can't be {one!r}{like}", f"One of: {', '.join(words)}.")

    def _where(self, at: At) -> str:
        tables = [str(one) for one in at if isinstance(one, str)]
        return f"in {_dotted(at)}" if tables else "in the file"

    def wrong(self, at: At, what: str, way: str = "") -> NoReturn:
        """Raise an error about a place in the file.

        Args:
            at: the keys and indices that lead to the place; empty: the whole file.
            what: the fault.
            way: what to write there instead, as a sentence.
        """
        line = line_of(self.text, lambda tree: holds(tree, at)) if at else 0
        there = f", line {line}" if line else ""
        raise unusable(". ".join(filter(None, (f"{self.path}{there}: {what}", way))))


def _dotted(at: At) -> str:
    """Return a place in the file as people write it: `decision[2].option[1]`, counted from one."""
    text = ""
    for step in at:
        text += f"[{step + 1}]" if isinstance(step, int) else f".{step}"
    return text.lstrip(".")
