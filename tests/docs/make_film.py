"""The picture at the head of the README: a backup and a restore, step by step, in one SVG.

`python -m tests.docs.make_film FOLDER` makes `film.svg` of the pictures in a folder; the same
pictures make the same film. It moves by CSS alone, so that it does where a page shows it as an
image, and stands still where somebody wants no motion.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

NAME = "film.svg"
SECONDS = 3.5
"""How long each frame is shown."""
FRAMES = (
    ("overview-80x24", "Is it up, is it backed up, what needs me"),
    ("backup-1-what-80x24", "Back up: which roles, and what to do about the timing gap"),
    ("backup-2-checks-80x24", "Every precondition, with its remedy"),
    ("backup-3-steps-80x24", "The exact steps and commands, before anything is done"),
    ("run-80x24", "The run, in a process of its own: the terminal may go away"),
    ("overview-core-lost-80x24", "The disaster: core is gone"),
    ("restore-1-set-80x24", "Restore: which set"),
    ("restore-3-checks-80x24", "Compared with the platform before anything is changed"),
    ("restore-5-confirm-80x24", "The domain has to be typed; Enter never acts"),
    ("run-result-80x24", "Everything is back, counted and compared"),
)
_FONTS = re.compile(r"@font-face \{.*?\}\s*", re.DOTALL)
_BOX = re.compile(r'viewBox="0 0 ([\d.]+) ([\d.]+)"')


def film(pictures: list[tuple[str, str]]) -> str:
    """Pictures as one that shows them in turn, each with its words below it.

    Args:
        pictures: SVG and words of each; all as large as the first.
    """
    size = _BOX.search(pictures[0][0])
    if size is None:
        raise ValueError("the first picture does not say how large it is")
    width, height = float(size[1]), float(size[2])
    count = len(pictures)
    whole = count * SECONDS
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height + 44:g}">',
        "<style>",
        f"@keyframes film {{ 0% {{ visibility: visible }} {100 / count:.4f}%, 100%"
        " { visibility: hidden } }",
        f".frame {{ visibility: hidden; animation: film {whole:g}s step-end infinite }}",
        # Where nothing moves, the first frame is the picture.
        ".first { visibility: visible }",
        ".words { font: 20px sans-serif; fill: #8b98a5 }",
        "@media (prefers-reduced-motion: reduce) { .frame { animation: none } }",
        "</style>",
    ]
    for number, (picture, words) in enumerate(pictures):
        name = "frame first" if number == 0 else "frame"
        lines += [
            f'<g class="{name}" style="animation-delay: {number * SECONDS:g}s">',
            _FONTS.sub("", picture).replace(
                "<svg ", f'<svg width="{width:g}" height="{height:g}" ', 1
            ),
            f'<text class="words" x="{width / 2:g}" y="{height + 28:g}" text-anchor="middle">'
            f"{number + 1}/{count}  {words}</text>",
            "</g>",
        ]
    return "\n".join([*lines, "</svg>"]) + "\n"


def make(folder: Path) -> None:
    """Write the film beside the pictures that it is made of."""
    pictures = [
        ((folder / f"{name}.svg").read_text(encoding="utf-8"), words) for name, words in FRAMES
    ]
    (folder / NAME).write_text(film(pictures), encoding="utf-8")


if __name__ == "__main__":
    make(Path(sys.argv[1] if len(sys.argv) > 1 else "screenshots"))
