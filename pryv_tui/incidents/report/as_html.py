"""A report as one self-contained page of HTML, which prints on A4. Pure.

All text is escaped. The page's own security policy forbids the browser to load or run anything for
it.
"""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

from pryv_tui.clock import seconds_of
from pryv_tui.incidents.report.page import Act, Report, Section
from pryv_tui.incidents.times.spans import Down
from pryv_tui.incidents.words import at_least, when

STYLE = """
@page { size: A4; margin: 18mm; }
body { font: 15px/1.45 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem;
  color: #1a1a1a; background: #fff; overflow-wrap: anywhere; }
h1 { font-size: 1.5rem; margin: 0 0 .3rem; } h2 { font-size: 1.1rem; margin: 1.6rem 0 .4rem;
  border-bottom: 1px solid #bbb; break-after: avoid; }
.state { font-weight: 600; } .made { color: #555; }
table { border-collapse: collapse; width: 100%; } th, td { text-align: left; vertical-align: top;
  padding: .15rem .8rem .15rem 0; } th { white-space: nowrap; font-weight: 600; width: 1%; }
th.long { white-space: normal; min-width: 12rem; }
ul { margin: .2rem 0; padding-left: 1.2rem; }
.bar { position: relative; height: .9rem; background: #e6efe6; border: 1px solid #999; }
.bar i { position: absolute; top: 0; bottom: 0; min-width: 2px; background: #b3261e; }
tr, li, table.together { break-inside: avoid; }
tr:first-child, li:first-child { break-after: avoid; }
tr:last-child, li:last-child { break-before: avoid; }
td + td { min-width: 6rem; }
.sheet > thead td { font-weight: 600; padding: 0; }
.sheet > thead td::after { content: ""; display: block; height: .8rem; margin-top: .3rem;
  border-top: 2px solid #1a1a1a; }
.sheet > tbody > tr { break-inside: auto; break-before: auto; break-after: auto; }
.sheet > tbody > tr > td { padding: 0; }
code { font: .85em/1.4 ui-monospace, monospace; }
svg { display: block; width: 100%; height: auto; break-inside: avoid; break-after: avoid; }
svg + table { break-inside: avoid; }
@media print { body { margin: 0; padding: 0; max-width: 100%; font-size: 10pt; } }
"""
_WHOLE = 12
"""A table with at most this many rows stays on one sheet. Such a table takes half a sheet, even if
each row has several lines, and no sheet begins with only its last row."""
_SHORT = 28
"""Most characters of a name that stays on one line. A longer name would push its value off the
sheet."""


def as_html(report: Report, *, drawn: Mapping[str, str] = {}, banner: str = "") -> str:
    """Return the report as one page of HTML, which ends with a newline.

    Args:
        drawn: markup made by this program, by the heading of the section that begins with it.
        banner: the text at the head of each printed sheet.
    """
    body = [
        f"<h1>{escape(report.title)}</h1>",
        f'<p class="state">{escape(report.state)}</p>',
        f'<p class="made">{escape(report.made)}</p>',
    ]
    for section in report.sections:
        body.append(f"<h2>{escape(section.heading)}</h2>")
        if section.heading == "Downtime":
            body.append(_drawn(report))
        body += [drawn[section.heading]] if section.heading in drawn else []
        body.append(_section(section))
    if banner:
        # Browsers repeat the head of a table on each printed sheet.
        head = f"<thead><tr><td>{escape(banner)}</td></tr></thead>"
        body = [f'<table class="sheet">{head}<tbody><tr><td>', *body, "</td></tr></tbody></table>"]
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta http-equiv="Content-Security-Policy" content="default-src \'none\';'
        " style-src 'unsafe-inline'\">\n"
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(report.title)}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n"
        + "\n".join(body)
        + "\n</body>\n</html>\n"
    )


def _section(section: Section) -> str:
    found = []
    if section.pairs:
        rows = "\n".join(
            f"<tr>{_name(name)}<td>{escape(value)}</td></tr>" for name, value in section.pairs
        )
        kept = ' class="together"' if len(section.pairs) <= _WHOLE else ""
        found.append(f"<table{kept}>\n{rows}\n</table>")
    if section.moments:
        rows = "\n".join(
            f'<tr><th scope="row">{escape(when(one.time))}</th><td>{escape(one.what)}</td>'
            f"<td>{escape(one.by)}</td></tr>"
            for one in section.moments
        )
        found.append(f"<table>\n{rows}\n</table>")
    if section.acts:
        items = "\n".join(f"<li>{_act(one)}</li>" for one in section.acts)
        found.append(f"<ul>\n{items}\n</ul>")
    if section.lines:
        items = "\n".join(f"<li>{escape(line)}</li>" for line in section.lines)
        found.append(f"<ul>\n{items}\n</ul>")
    return "\n".join(found)


def _name(name: str) -> str:
    long = ' class="long"' if len(name) > _SHORT else ""
    return f'<th scope="row"{long}>{escape(name)}</th>'


def _act(one: Act) -> str:
    """Return an act as HTML. Its command is on a separate line, in monospace."""
    command = one.command and f".<br><code>$ {escape(one.command)}</code>"
    return f"{escape(one.words)}{command}"


def _drawn(report: Report) -> str:
    """Return bars that show when each role was down, from the first loss to the last return."""
    spans = [span for _role, down in report.down for span in down.spans]
    ends = [at for span in spans for at in (seconds_of(span.start), _end(span.start, span.seconds))]
    if not ends or max(ends) <= min(ends):
        return ""
    first, last = min(ends), max(ends)
    rows = "\n".join(
        f'<tr><th scope="row">{escape(role)}</th><td><div class="bar">{_bar(down, first, last)}'
        f"</div></td><th>{escape(at_least(down))}</th></tr>"
        for role, down in report.down
    )
    return f"<table>\n{rows}\n</table>"


def _bar(down: Down, first: float, last: float) -> str:
    whole = last - first
    return "".join(
        f'<i style="left:{(seconds_of(span.start) - first) / whole * 100:.2f}%;'
        f'width:{min(100.0, span.seconds / whole * 100):.2f}%"></i>'
        for span in down.spans
    )


def _end(start: str, seconds: float) -> float:
    return seconds_of(start) + seconds
