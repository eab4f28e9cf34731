"""A small scenario as text, and parts of it that tests exchange."""

from __future__ import annotations

import re
from pathlib import Path

SMALL = """format = 1
name = "small"
title = "A small one"
minutes = 5
objectives = ["Look before you act."]
story = "Something is lost."
symptoms = ["Nothing answers."]
note = "Look first."
first = "look"

[[before]]
do = "backup"
name = "night"

[[before]]
do = "remember"
name = "whole"

[[happening]]
at = "act.restore"
until = "look"
[[happening.act]]
do = "fault"
fault = "mongorestore-failures"

[[gate]]
id = "looked"
opened_by = ["look.status"]
before = ["act.restore"]
missed = "You have not looked."

[[check]]
id = "back"
kind = "same"
name = "whole"
says = "All is as before."

[[decision]]
id = "look"
phase = "size up"
question = "And now?"
known = ["Nothing answers."]

[[decision.hint]]
text = "Look."
minutes = 3

[[decision.option]]
id = "status"
text = "Look"
why = "It shows what is lost."
risk = "None."
undo = "Nothing to undo."
command = "pryv-tui status"
safe = true
then = "act"
consequence = "Core is gone."
[[decision.option.act]]
do = "status"

[[decision.option]]
id = "skip"
text = "Skip it"
why = "It is quicker."
risk = "You guess."
undo = "Look later."
wrong = true
minutes = 7
then = "act"
consequence = "You know nothing."

[[decision]]
id = "act"
phase = "restore"
question = "What do you do?"
known = ["There is a set."]

[[decision.option]]
id = "restore"
text = "Restore it"
why = "It brings all back."
risk = "What is newer goes."
undo = "pryv-tui undo"
command = "pryv-tui restore {night} --confirm {domain}"
safe = true
then = "well"
consequence = "It is back."
[[decision.option.act]]
do = "restore"
set = "night"
expect = ["failed"]

[[decision.option]]
id = "again"
text = "Look again"
why = "Perhaps it was seen wrong."
risk = "Time."
undo = "None."
then = "look"
consequence = "It is still gone."

[[decision.option]]
id = "wait"
text = "Wait"
why = "Perhaps it comes back."
risk = "It does not."
undo = "None."
wrong = true
then = "gone"
consequence = "It stays gone."
red = ["back"]

[[end]]
id = "well"
good = true
text = "It is back."

[[end]]
id = "gone"
good = false
text = "It is gone."
red = ["back"]
"""


def write(folder: Path, text: str = SMALL, name: str = "small") -> Path:
    """A scenario's file in a folder of its own."""
    folder.mkdir(exist_ok=True)
    path = folder / f"{name}.toml"
    path.write_text(text, encoding="utf-8")
    return path


def _without(text: str, *tables: str) -> str:
    """A scenario without some of its tables, and what belongs to them."""
    parts = re.split(r"(?m)^(?=\[\[)", text)
    return "".join(part for part in parts if not part.startswith(tables))


WORDS_ALONE = (
    _without(SMALL, "[[before]]", "[[happening", "[[decision.option.act]]")
    .replace('kind = "same"\nname = "whole"', 'kind = "chosen"\nchosen = ["act.restore"]')
    .replace("{night}", "SET")
)
"""The same story, of which nothing happens on a platform."""
