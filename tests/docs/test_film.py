"""The film of the README: every frame is in it, once, shown in its turn."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from pathlib import Path

from tests.docs.make_film import FRAMES, NAME, SECONDS, film

PICTURES = Path(__file__).parents[2] / "screenshots"
SVG = "{http://www.w3.org/2000/svg}"


def test_the_film_is_of_the_pictures_beside_it() -> None:
    pictures = [((PICTURES / f"{name}.svg").read_text(), words) for name, words in FRAMES]
    made = film(pictures)
    assert made == (PICTURES / NAME).read_text(), "python -m tests.docs.make_film"
    frames = ET.fromstring(made).findall(f"{SVG}g")
    assert len(frames) == len(FRAMES)
    delays = [frame.attrib["style"].removeprefix("animation-delay: ") for frame in frames]
    assert delays == [f"{number * SECONDS:g}s" for number in range(len(FRAMES))]
    # Nothing is fetched from elsewhere, and nothing of one frame reaches into another.
    assert "url(http" not in made.replace('"', "")
    names = [{e.attrib["id"] for e in frame.iter() if "id" in e.attrib} for frame in frames]
    assert sum(map(len, names)) == len(set().union(*names))
