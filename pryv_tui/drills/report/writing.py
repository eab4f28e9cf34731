"""Write the pages of a drill beside its record, and again after each signature or review."""

from __future__ import annotations

from pryv_tui.drills.files import Filed
from pryv_tui.drills.model import Record
from pryv_tui.drills.report.drawing import timeline
from pryv_tui.drills.report.page import TIMELINE, banner, page
from pryv_tui.drills.signing import papers, verify_page
from pryv_tui.drills.signing.checking import Signatures, signatures_of
from pryv_tui.filesystem.durable import write_durably
from pryv_tui.incidents.report.as_html import as_html
from pryv_tui.incidents.report.as_text import as_markdown, as_text


def in_text(record: Record, signatures: Signatures, given: tuple[str, ...] = ()) -> str:
    return as_text(page(record, signatures, given))


def in_markdown(record: Record, signatures: Signatures, given: tuple[str, ...] = ()) -> str:
    return as_markdown(page(record, signatures, given))


def in_html(record: Record, signatures: Signatures, given: tuple[str, ...] = ()) -> str:
    """Return one self-contained page. Printed on A4, it has its banner on every sheet."""
    return as_html(
        page(record, signatures, given),
        drawn={TIMELINE: timeline(record)},
        banner=banner(record, signatures),
    )


def write_pages(filed: Filed, given: tuple[str, ...] = ()) -> None:
    """Write the present reports and `VERIFY.md` of a drill, and put them on the list of hashes.

    `VERIFY.md` is written last: if it is missing, writing was interrupted.

    Args:
        given: the options with which the program was started.

    Raises:
        OSError: a page or the list can't be written.
    """
    folder, record = filed.folder, filed.record
    told = signatures_of(folder)
    stamped = (folder / papers.QUERY).exists()
    last = verify_page.page(
        record,
        signed=told.signed,
        reviewed=told.review is not None,
        stamped=stamped,
        rejected=told.rejected,
        debriefed=papers.debriefs_as(folder) if told.debrief is not None else "",
    ).encode()
    pages = {
        papers.MARKDOWN: in_markdown(record, told, given),
        papers.HTML: in_html(record, told, given),
    }
    (folder / papers.PAGE).unlink(missing_ok=True)
    for name, text in pages.items():
        write_durably(folder / name, text.encode())
    papers.enlist(folder, *pages, coming={papers.PAGE: last})
    write_durably(folder / papers.PAGE, last)
