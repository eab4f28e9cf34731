"""The published schema of `record.json`, made from its types. Pure.

`docs/schemas/drill-record-1.json` holds it, written by `python -m tests.make_docs`.
"""

from __future__ import annotations

from typing import Any

import msgspec

from pryv_tui.drills.model import FORMAT, Record

NAME = f"drill-record-{FORMAT}.json"
TITLE = f"The record of a drill, format {FORMAT}"


def schema() -> dict[str, Any]:
    """JSON Schema (draft 2020-12)."""
    (found,), parts = msgspec.json.schema_components([Record], ref_template="#/$defs/{name}")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": TITLE,
        **found,
        "$defs": parts,
    }


def text() -> str:
    """It as it lies in the documentation; ends with a line's end."""
    return msgspec.json.format(msgspec.json.encode(schema()), indent=2).decode() + "\n"
