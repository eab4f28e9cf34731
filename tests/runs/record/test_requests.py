"""What runs were asked for, also as it was written before each kind had fields of its own."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

import pryv_tui
from pryv_tui.decoding import Undecodable
from pryv_tui.errors import PryvTuiError
from pryv_tui.operations.kind import Request, kind_of
from pryv_tui.operations.kind_files import kind_module, kind_names
from pryv_tui.operations.settings.resolve import Settings
from pryv_tui.runs.record.request import NAME, decode_request, look_at_request
from pryv_tui.runs.start import start_run

EVERY = {
    "roles": ["core"],
    "label": "x",
    "gap": {"order": "short", "hold": None, "hold_deadline": None, "budget": 60.0},
    "linking": "paranoid",
    "nice": True,
    "limits": None,
    "keep": {"last": 3, "daily": 0, "weekly": 0, "monthly": 0, "shrink": 0.5, "shrink_of": {}},
    "shown": ["20260101T000000Z"],
    "files": ["a/*"],
    "to": "/to",
    "set_id": "20260101T000000Z",
    "undone_run": "20260101T000000Z-restore-0a",
    "released_run": "20260101T000000Z-undo-0a",
    "adopt": {"folder": "/f", "dumps": {}, "without": [], "taken": "", "domain": ""},
    "container": "pryvio_core",
    "host": "co1",
    "continues": "20260101T000000Z-restore-0b",
    "recovers": "20260101T000000Z-restore-0c",
    "asked": "2026-01-01T00:00:00.000Z",
}
"""All that a request had, whatever its kind."""


def written(folder: Path, kind: str, **more: Any) -> Path:
    request = {"run": "r", "kind": kind, "settings": {"vault": "/v", "state": "/s"}, **more}
    (folder / NAME).write_bytes(msgspec.json.encode(request))
    return folder


@pytest.mark.parametrize("kind", kind_names())
def test_what_was_written_before_is_read_and_what_is_written_is_the_same(
    tmp_path: Path, kind: str
) -> None:
    found = decode_request(written(tmp_path, kind, **EVERY))
    assert (found.kind, found.run, found.asked) == (kind, "r", EVERY["asked"])
    told = msgspec.json.decode(msgspec.json.encode(found))
    assert told["kind"] == kind
    assert {name: told[name] for name in EVERY if name in told} == {
        name: EVERY[name] for name in EVERY if name in type(found).__struct_fields__
    }
    # Nothing of it is needed: what is left of a run may be its journal alone.
    least = decode_request(written(tmp_path, kind))
    assert (least.roles, least.set_id, least.undone_run) == ((), "", "")


def test_a_later_kind_is_told_from_a_damaged_request(tmp_path: Path) -> None:
    found, problem = look_at_request(written(tmp_path, "pack"))
    assert found is None and "knows no run of the kind 'pack'" in problem
    (tmp_path / NAME).write_bytes(b'{"run":"r"')
    assert "truncated" in look_at_request(tmp_path)[1]


@pytest.mark.parametrize("name", ["", "__init__", "backup.x", "../backup", "Backup"])
def test_what_is_no_kind_is_no_module(tmp_path: Path, name: str) -> None:
    """A journal and the name of a folder can be anybody's word."""
    assert kind_of(name) is Request
    with pytest.raises(Undecodable, match="knows no run"):
        decode_request(written(tmp_path, name))
    with pytest.raises(PryvTuiError, match="no kind of run"):
        start_run(Settings(vault="/v", state=str(tmp_path)), name)


def test_nothing_is_asked_for_that_a_kind_does_not_have(tmp_path: Path) -> None:
    with pytest.raises(TypeError, match="undone_run"):
        start_run(Settings(vault="/v", state=str(tmp_path)), "backup", undone_run="r")


SOURCE = Path(pryv_tui.__file__).parent


def started() -> Iterator[tuple[str, str, set[str]]]:
    """Where the program starts a run: the place, its kind, the fields that it gives."""
    for path in sorted(SOURCE.rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        calls = ast.walk(ast.parse(text)) if "start_run" in text else ()
        for node in calls:
            if not isinstance(node, ast.Call):
                continue
            # As it is called, or put off by `partial`.
            name, *words = [node.func, *node.args]
            if isinstance(name, ast.Name) and name.id == "partial" and words:
                name, *words = words
            if not (isinstance(name, ast.Name) and name.id == "start_run" and len(words) == 2):
                continue
            kind = words[1].value if isinstance(words[1], ast.Constant) else ""
            fields = {one.arg for one in node.keywords if one.arg not in (None, "worker")}
            yield f"{path.relative_to(SOURCE)}:{node.lineno}", str(kind), set(map(str, fields))


def test_each_start_gives_what_its_kind_has() -> None:
    """No type checker sees that: the fields are told to `start_run` by their names alone."""
    found = list(started())
    assert {kind for _, kind, _ in found if kind} >= {"backup", "restore", "undo", "prune", "send"}
    for place, kind, fields in found:
        # What is chosen while it runs is one of the kinds that have all of them.
        kinds = [kind] if kind else list(kind_names())
        having = [name for name in kinds if fields <= set(kind_of(name).__struct_fields__)]
        assert having, f"{place}: {kind or 'no kind'} has not all of {', '.join(sorted(fields))}"


@pytest.mark.parametrize("kind", kind_names())
def test_a_kind_is_known_without_its_plan(kind: str) -> None:
    """The first screen loads the kinds of the runs that it names: no step, no store, no engine."""
    module = kind_module(kind)
    assert module is not None
    tree = ast.parse(Path(str(module.__file__)).read_text(encoding="utf-8"))
    named = {
        str(node.module)
        for node in tree.body
        if isinstance(node, ast.ImportFrom) and node.module is not None
    }
    late = ("plans", "steps", "stores", "guards", "audit")
    assert not [
        one for one in named if one.startswith(tuple(f"pryv_tui.operations.{x}" for x in late))
    ]
