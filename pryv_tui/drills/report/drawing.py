"""Draw the timeline of a drill as SVG, for its HTML page. Pure."""

from __future__ import annotations

from html import escape

from pryv_tui.drills.model import Record
from pryv_tui.drills.times import milliseconds
from pryv_tui.incidents.words import lasted
from pryv_tui.operations.drilling.facts import Phase

_WIDE, _LEFT, _ROW = 720.0, 150.0, 26.0
_OF = {
    "machine": ("machine", "#1f4e79", ""),
    "decision": ("decisions", "#b35c00", "6 3"),
    "waiting": ("waiting", "#7a7a7a", "2 3"),
    "sandbox": ("sandbox alone", "#9bb7a5", "1 4"),
}
"""Name, colour and outline of each row. The outlines differ too, since not everyone sees
colours."""


def timeline(record: Record) -> str:
    """Return an SVG that shows what took the time, from declaration to end; empty if no time is
    known."""
    declared = record.when.declared
    whole = milliseconds(declared, record.when.ended)
    spans = [(one, span) for one in record.objectives.phases if (span := _span(one, record))]
    if not whole or whole <= 0 or not spans:
        return ""
    rows = [of for of in _OF if any(one.of == of for one, _ in spans)]
    high = _ROW * (len(rows) + 1) + 22
    made = [
        f'<svg viewBox="0 0 {_WIDE:.0f} {high:.0f}" role="img" font-size="12"'
        f' font-family="sans-serif" aria-label="Whose the time was">'
    ]

    def x(moment: float) -> float:
        return _LEFT + (_WIDE - _LEFT - 10) * min(1.0, moment / whole)

    for number, of in enumerate(rows):
        name, colour, dashes = _OF[of]
        top = number * _ROW
        made.append(f'<text x="0" y="{top + 17:.1f}" fill="#1a1a1a">{name}</text>')
        made.append(
            f'<line x1="{_LEFT}" x2="{_WIDE - 10}" y1="{top + 24:.1f}" y2="{top + 24:.1f}"'
            ' stroke="#dddddd"/>'
        )
        for phase, (start, end) in spans:
            if phase.of != of:
                continue
            width = max(2.0, x(end) - x(start))
            told = escape(f"{phase.name}: {lasted((end - start) / 1000)}")
            made.append(
                f'<rect x="{x(start):.1f}" y="{top + 4:.1f}" width="{width:.1f}" height="16"'
                f' fill="{colour}" stroke="#1a1a1a" stroke-dasharray="{dashes}">'
                f"<title>{told}</title></rect>"
            )
    made += _axis(record, whole, len(rows) * _ROW, x_of_end=x(whole))
    last = record.objectives.split.passed_ms
    if last and record.objectives.rto.seconds is not None:
        at = x(last)
        made.append(
            f'<line x1="{at:.1f}" x2="{at:.1f}" y1="0" y2="{len(rows) * _ROW:.1f}"'
            ' stroke="#1a1a1a" stroke-width="1.5"/>'
        )
        side = "end" if at > _WIDE / 2 else "start"
        made.append(
            f'<text x="{at:.1f}" y="{len(rows) * _ROW + 34:.1f}" text-anchor="{side}"'
            ' fill="#1a1a1a">last check passed</text>'
        )
    return "\n".join([*made, "</svg>"])


def _axis(record: Record, whole: int, top: float, *, x_of_end: float) -> list[str]:
    return [
        f'<text x="{_LEFT}" y="{top + 16:.1f}" fill="#555555">declared</text>',
        f'<text x="{x_of_end:.1f}" y="{top + 16:.1f}" text-anchor="end" fill="#555555">'
        f"ended after {escape(lasted(whole / 1000))}</text>",
    ]


def _span(phase: Phase, record: Record) -> tuple[int, int] | None:
    """Return start and end of a phase, in milliseconds after the declaration; None if not known."""
    start = milliseconds(record.when.declared, phase.began)
    end = milliseconds(record.when.declared, phase.ended or record.when.ended)
    return None if start is None or end is None or end < start else (max(0, start), max(0, end))
