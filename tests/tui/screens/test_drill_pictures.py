"""What was found by looking at each picture of a drill, in each theme: the cursor in a field, keys
that are offered, marks beside a colour, borders and scroll bars."""

from __future__ import annotations

from pathlib import Path

from pryv_tui.operations.settings.appearance import THEMES
from tests.tui.drill_walk import again, play, reads
from tests.tui.driving import opened
from tests.tui.snapshots import look, strips_of
from tests.tui.stills.still import standing_still
from tests.tui.stills.still_drill import BADLY, THIRD, UNPLAYABLE, StillDrill

FIRST = "The newest backup was taken"


async def test_the_keys_that_are_offered_are_those_of_the_selected_row(tmp_path: Path) -> None:
    with standing_still(tmp_path, practice=True) as site:
        async with opened(site.settings, (80, 24), site) as operator:
            await operator.keys("D")
            await reads(operator, FIRST)
            site.drills.scenarios = [UNPLAYABLE, *site.drills.scenarios]
            await again(operator)
            await operator.keys("down")
            await operator.sees("enter Play")
            await operator.keys("home")
            await reads(operator, "neither")
            assert "enter Play" not in operator.text
            assert "w Walk" not in operator.text
            await operator.keys("down")
            assert "enter Play" in operator.text


async def test_the_cursor_is_told_from_the_field_in_each_theme(tmp_path: Path) -> None:
    with standing_still(tmp_path, practice=True) as site:
        async with opened(site.settings, (80, 24), site) as operator:
            await operator.keys("D")
            await reads(operator, FIRST)
            await play(
                operator, site.drills, StillDrill("core-lost", *THIRD), "What do you restore?"
            )
            await operator.keys("n")
            await operator.on("ObservationDialog")
            await operator.type("no login")
            for theme in THEMES:
                operator.app.theme = theme
                await operator.pilot.pause()
                (line,) = [
                    strip
                    for strip in strips_of(operator)
                    if "no login" in "".join(part.text for part in strip)
                ]
                cells = [look(part.style) for part in line for _ in part.text]
                text = "".join(part.text for part in line)
                cursor, field = (
                    cells[text.index("no login") + len("no login") + at] for at in (0, 1)
                )
                assert cursor != field, theme
                # Reversed, the colours of the cursor would be those of the field once more.
                assert ("reverse" in cursor) is (theme == "monochrome"), (theme, cursor)


async def test_side_by_side_each_panel_has_both_borders_and_none_is_empty(tmp_path: Path) -> None:
    with standing_still(tmp_path, practice=False) as site:
        async with opened(site.settings, (120, 40), site) as operator:
            await operator.keys("D")
            await reads(operator, FIRST)
            await operator.keys("t")
            await operator.on("Confirm")
            await operator.keys("right", "enter")
            await operator.on("RunScreen")
            await reads(operator, "Restore the set")
            assert operator.text.count("╰") == operator.text.count("╭") > 0
            await operator.keys("escape")
            await operator.on("DrillsScreen")
            making = StillDrill(doing="Make the practice platform on which this is played")
            await play(operator, site.drills, making, "on which")
            assert "So far" not in operator.text
            making.goes_on.set()
            await reads(operator, "You were paged.")
            await reads(operator, "Nothing was decided yet.")
            assert "So far" in operator.text


async def test_a_wrong_turn_has_a_mark_beside_its_colour(tmp_path: Path) -> None:
    with standing_still(tmp_path, practice=True) as site:
        async with opened(site.settings, (120, 40), site) as operator:
            await operator.keys("D")
            await reads(operator, FIRST)
            await play(operator, site.drills, StillDrill("core-lost", *BADLY), "So far")
            lines = [line for line in operator.text.splitlines() if "▲ " in line]
            assert lines, operator.text
            operator.app.pop_screen()
            await play(operator, site.drills, StillDrill("core-lost", *THIRD), "So far")
            assert "▲ " not in operator.text


async def test_a_text_does_not_touch_the_scroll_bar(tmp_path: Path) -> None:
    with standing_still(tmp_path, practice=True) as site:
        async with opened(site.settings, (80, 24), site) as operator:
            await operator.keys("D")
            await reads(operator, FIRST)
            still = StillDrill("core-lost", *THIRD, hints=1)
            await play(operator, site.drills, still, "What do you restore?")
            beside = [line for line in operator.text.splitlines() if line.endswith("█│")]
            assert beside
            assert all(line[-3] == " " for line in beside), operator.text
