"""The colours of the interface, by meaning."""

from __future__ import annotations

from textual.theme import Theme

CALM_DARK = Theme(
    name="calm-dark",
    primary="#5fa8d3",
    secondary="#7c93a6",
    accent="#5fa8d3",
    success="#6fbf73",
    warning="#e0b050",
    error="#e06c6c",
    foreground="#d7dde3",
    background="#12171c",
    surface="#171d23",
    panel="#222a32",
    dark=True,
    variables={
        "practice": "#b48ead",
        "practice-ink": "#1c1420",
        "border": "#3a4651",
        "quiet": "#8b98a5",
        "block-cursor-background": "#2f4a5e",
        "block-cursor-foreground": "#ffffff",
        "block-cursor-text-style": "none",
        "block-cursor-blurred-background": "#222a32",
        "block-cursor-blurred-foreground": "#d7dde3",
        "input-cursor-text-style": "reverse",
    },
)
