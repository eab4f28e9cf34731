"""The published schema of `record.json`, made from its types. Pure.

`python -m tests.docs.make_docs` writes it to `docs/schemas/drill-record-1.json`.
"""

from __future__ import annotations

import inspect
from typing import Any

import msgspec

from pryv_tui.drills.model import FORMAT, Record

NAME = f"drill-record-{FORMAT}.json"
TITLE = f"The record of a drill, format {FORMAT}"


def schema() -> dict[str, Any]:
    """Make the schema: JSON Schema, draft 2020-12."""
    (found,), parts = msgspec.json.schema_components([Record], ref_template="#/$defs/{name}")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": TITLE,
        **found,
        "$defs": {name: _without_indent(part) for name, part in parts.items()},
    }


def _without_indent(part: dict[str, Any]) -> dict[str, Any]:
    """Return the part without the indentation of its docstring, which msgspec before 0.23 keeps."""
    told = part.get("description")
    return {**part, "description": inspect.cleandoc(told)} if told else part


def text() -> str:
    """Return the schema as it is in the documentation, with a newline at its end."""
    return msgspec.json.format(msgspec.json.encode(schema()), indent=2).decode() + "\n"
