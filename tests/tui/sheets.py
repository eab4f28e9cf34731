"""Style sheets of the interface, each parsed once for all tests of a process."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from textual.app import App
from textual.css.model import RuleSet
from textual.css.stylesheet import Stylesheet
from textual.dom import DOMNode
from textual.geometry import Region
from textual.widget import Widget


@contextmanager
def parsed_once() -> Iterator[None]:
    """While it lasts, each style sheet is parsed once for each theme: most of what a change of it
    costs, and of what each new application begins with.

    Rules are told apart by Python itself, not by a method that says the same (`id`), which was
    called a million times for the snapshots of one size.
    """
    parse = Stylesheet._parse_rules
    known: dict[object, list[RuleSet]] = {}

    def remembered(self: Stylesheet, *words: Any, **more: Any) -> list[RuleSet]:
        key = (frozenset(self._variables.items()), words, tuple(more.items()))
        if key not in known:
            known[key] = parse(self, *words, **more)
        return known[key]

    with (
        patch.object(Stylesheet, "_parse_rules", remembered),
        patch.object(RuleSet, "__hash__", object.__hash__),
    ):
        yield


@contextmanager
def seen_alone(app: App[int]) -> Iterator[None]:
    """While it lasts, a change of the theme is brought to the screens that are seen alone. Those
    below them keep what they had: the theme has to be changed back before they are seen.

    And each widget is asked once to draw itself again, not for each of its colours, and of its
    parents' colours, that has changed.
    """

    def refresh_css(animate: bool = True) -> None:
        # Of a screen without gaps those below it show nothing.
        shown = app._background_screens if app.screen.styles.background.a < 1 else []
        unseen = {s for s in app.screen_stack if s is not app.screen and s not in shown}
        update = Stylesheet.update

        def seen(self: Stylesheet, root: DOMNode, animate: bool = False) -> None:
            if root not in unseen:
                with _asked_once():
                    update(self, root, animate)

        with patch.object(Stylesheet, "update", seen):
            type(app).refresh_css(app, animate)

    with patch.object(app, "refresh_css", refresh_css):
        yield


@contextmanager
def _asked_once() -> Iterator[None]:
    refresh = Widget.refresh
    asked: dict[Widget, list[bool]] = {}

    def noted(
        self: Widget,
        *regions: Region,
        repaint: bool = True,
        layout: bool = False,
        recompose: bool = False,
    ) -> Widget:
        if regions or recompose:
            return refresh(self, *regions, repaint=repaint, layout=layout, recompose=recompose)
        before = asked.setdefault(self, [False, False])
        asked[self] = [before[0] or repaint, before[1] or layout]
        return self

    with patch.object(Widget, "refresh", noted):
        yield
    for widget, (repaint, layout) in asked.items():
        refresh(widget, repaint=repaint, layout=layout)
