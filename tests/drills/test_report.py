"""The pages of a drill: every form tells the same, and none lets a practice pass for the real."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from unittest.mock import patch

import msgspec
import pytest
from click.testing import CliRunner

from pryv_tui.cli.main import cli
from pryv_tui.drills.noting import comparing
from pryv_tui.drills.privacy import MARKS
from pryv_tui.drills.record.closing import close_drill
from pryv_tui.drills.report.drawing import timeline
from pryv_tui.drills.report.writing import in_html, in_markdown, in_text
from pryv_tui.drills.signing.checking import Signatures
from pryv_tui.incidents.events import Closed, Decided, FindingNoted, Gate, Planned
from pryv_tui.incidents.report.as_text import marked
from pryv_tui.operations.drilling.facts import Check, Disposal, Phase, Probe
from pryv_tui.operations.drilling.probing import Answer, other_addresses
from pryv_tui.operations.settings.resolve import Settings
from tests.drills.held import RUN, at, checks, facts, hold, run_events
from tests.drills.noting.known import no_accounts

UNSIGNED = Signatures(signed=False)
NO_IPV6 = other_addresses("x", Answer(0, "")).target
NASTY = '<script>alert(1)</script>"><img src=x onerror=alert(2)> \x1b[2J\u202e'


class Seen(HTMLParser):
    """What a browser makes of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}


@pytest.fixture(scope="module")
def failed(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A drill on practice that failed, with hostile words wherever words are told."""
    bad = Check(name=NASTY, about="core", state="failed", expected=NASTY, found="0", why=NASTY)
    decision = Phase(name=NASTY, began=at(423), ended=at(440), of="decision")
    events = run_events([*facts([*checks(), bad]), (441.0, decision)], text=NASTY, practice=True)
    settings = hold(
        tmp_path_factory.mktemp("failed"), events=events, practice=True,
        more=[FindingNoted(name="a1", text="no key", owner="ops", due="2026-04-01"),
              FindingNoted(name="a2", text="calm", good=True)],
    )  # fmt: skip
    with patch.object(comparing, "accounts_in", no_accounts):
        close_drill(settings, RUN)
    return settings


def forms(settings: Settings) -> dict[str, str]:
    """Each form as the command prints it, and as it lies beside the record."""
    words = ["drill", "report", RUN, "--practice", str(settings.practice)]
    words += ["--state", settings.state, "--vault", settings.vault, "--format"]
    folder = Path(settings.state) / "drills" / RUN
    told = {
        form: CliRunner().invoke(cli, [*words, form]) for form in ("text", "md", "html", "json")
    }
    assert [one.exit_code for one in told.values()] == [0] * 4
    files = {path.name: path.read_text() for path in folder.glob("*.md")}
    files |= {path.name: path.read_text() for path in folder.glob("*.html")}
    return {form: one.stdout for form, one in told.items()} | files


def test_practice_is_called_simulated_in_every_form(failed: Settings) -> None:
    for name, text in forms(failed).items():
        assert "SIMULATED" in text, name


def test_a_failed_drill_is_told_like_any_other_and_says_what_failed(failed: Settings) -> None:
    told = forms(failed)
    for form in ("text", "md", "html", "report.md", "report.html"):
        assert "FAILED: " in told[form]
        assert "UNREVIEWED" in told[form]
        assert "not every check had passed" in told[form]
    assert json.loads(told["json"])["outcome"] == "failed"
    assert "MISSED" in told["text"]
    assert "a1, ops, due 2026-04-01, OPEN" in told["text"]


def test_a_command_on_a_page_means_the_platform_that_it_was_written_for(failed: Settings) -> None:
    text = forms(failed)["text"]
    assert f"pryv-tui --practice {failed.practice} " in text
    assert "pryv-tui drill actions" not in text


def test_the_page_is_self_contained_and_no_word_of_others_acts_in_it(failed: Settings) -> None:
    html = forms(failed)["html"]
    seen = Seen()
    seen.feed(html)
    assert {"svg", "rect", "thead"} <= seen.tags
    assert not seen.tags & {"script", "img", "link", "iframe", "object", "image", "use", "a"}
    assert not seen.attributes & {"src", "href", "xlink:href", "onerror", "onload"}
    assert "\x1b" not in html
    assert "\u202e" not in html
    assert "default-src 'none'" in html
    # What every sheet begins with is the head of a table: browsers print it anew on each.
    head = re.search(r"<thead><tr><td>(.*?)</td>", html)
    assert head is not None
    assert head[1] == f"Drill {RUN} · SIMULATED · UNSIGNED AND UNREVIEWED"


def test_the_timeline_shows_each_kind_of_time_to_its_scale(tmp_path: Path) -> None:
    record = close_drill(hold(tmp_path), RUN).record
    drawn = timeline(record)
    bars = [float(one) for one in re.findall(r'<rect [^>]*width="([\d.]+)"', drawn)]
    # Six minutes of the machine, and one of the sandbox.
    assert bars[0] / bars[1] == pytest.approx(6.0, rel=0.02)
    assert "restore: 6 min" in drawn
    assert "last check passed" in drawn
    for form in (in_text, in_markdown, in_html):
        page = form(record, Signatures(signed=False))
        assert "6 min, target 15 min, MET" in page
        assert "NOT RUN" in page
        assert "SIMULATED" not in page


@pytest.mark.parametrize("proof", ["no such container", ""])
def test_what_nothing_proves_is_not_said_to_be_gone(tmp_path: Path, proof: str) -> None:
    record = close_drill(hold(tmp_path), RUN).record
    left = Disposal(what="pryvdrill_redis", when=at(479), proof=proof)
    disposal = msgspec.structs.replace(record.disposal, what=(left,))
    record = msgspec.structs.replace(record, disposal=disposal)
    for form in (in_text, in_markdown, in_html):
        page = form(record, Signatures(signed=False)).replace("\\", "")
        assert ("pryvdrill_redis is gone" in page) is bool(proof)
        assert ("pryvdrill_redis NOT PROVEN to be gone" in page) is (not proof)


def test_a_story_is_told_with_its_turns_and_a_walk_through_proves_nothing(tmp_path: Path) -> None:
    settings = hold(
        tmp_path,
        events=[],
        planned=Planned(exercise="walk-through", title="Core is lost", faults=["core-gone"]),
        more=[Decided(question="Which set?", option="the newest", wrong=True),
              Gate(name="look first", passed=False), Closed(text="the bell rang")],
    )  # fmt: skip
    record = close_drill(settings, RUN).record
    text = in_text(record, Signatures(signed=False))
    assert text.startswith("Drill: Core is lost\n")
    assert "texts were NOT compared with every name of the set's accounts" in text
    # It came to no end: it was broken off, and why is told, once.
    assert "BROKEN OFF: the bell rang; nothing was executed" in text
    assert "(for auditors: a tabletop exercise)" in text
    assert "Targets: none is set" in text
    assert "nothing was executed, so nothing is proven" in text
    assert "Which set? the newest (a WRONG TURN)" in text
    assert "Look missed: look first" in text
    assert "0 hints, 1 wrong turn" in text
    # Nothing is claimed of a sandbox that there was not.
    assert "Isolation:" not in text
    assert "What became of the sandbox" not in text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("1. a", "1\\. a"),
        ("12) a", "12\\) a"),
        ("- a", "\\- a"),
        ("a 1. b", "a 1. b"),
        ("5-3", "5-3"),
    ],
)
def test_a_line_that_begins_with_a_number_begins_no_list(text: str, shown: str) -> None:
    assert marked(text) == shown


def test_attempts_to_get_out_are_told_by_place_and_commands_stand_by_themselves(
    tmp_path: Path,
) -> None:
    """Three containers that tried one thing are one line; one that got through is its own."""

    def tried(source: str, answer: str, *, reached: bool = False) -> Probe:
        return Probe(
            what="host", target="h:22", reached=reached, answer=answer, source=f"pryvdrill_{source}"
        )

    kernel = "bash: connect: Network is unreachable"
    told = [tried("a", kernel), tried("b", f"{kernel} "), tried("c", "open", reached=True)]
    settings = hold(tmp_path, of=[*told, *checks()])
    filed = close_drill(settings, RUN)
    text = in_text(filed.record, Signatures(signed=False))
    assert "BROKEN, 7 attempts to get out" in text
    # Each place has a number: whoever asks about one can name it.
    assert "5. host, h:22 from 2 containers (a, b): not reached (Network is unreachable)" in text
    assert "6. host, h:22 from pryvdrill_c: REACHED (open)" in text
    html = in_html(filed.record, Signatures(signed=False))
    assert "<br><code>$ " in html and ". $ " not in html


def test_many_attempts_are_told_shortly_and_counted_as_the_check_counts_them(
    tmp_path: Path,
) -> None:
    """The containers once, of each answer the kernel's own word, and no attempt that was none."""
    names = ("mongodb", "influxdb", "register")

    def tried(target: str, answer: str, *sources: str) -> list[Probe]:
        return [
            Probe(what="host", target=target, reached=False, answer=answer, source=f"x_{name}")
            for name in sources
        ]

    route = "each: connect: No route to host each: line 1: /dev/tcp/h/22: No route to host"
    told = [
        *tried("h:22", route, *names),
        *tried("i:22", route, *names),
        *tried("j:22", route, *names[:2]),
        *tried("k:22", "exit 2", "redis"),
        *tried(NO_IPV6, "it has none", *names),
    ]
    whole = close_drill(hold(tmp_path), RUN).record
    isolation = msgspec.structs.replace(whole.isolation, probes=tuple(told))
    record = msgspec.structs.replace(whole, isolation=isolation)
    lines = in_text(record, Signatures(signed=False)).splitlines()
    start = next(n for n, line in enumerate(lines) if "Isolation of the sandbox: " in line)
    assert lines[start].endswith("9 attempts to get out")
    assert [line.strip() for line in lines[start + 1 : start + 6]] == [
        "- 1. host, h:22 from 3 containers (mongodb, influxdb, register): not reached"
        " (No route to host)",
        "- 2. host, i:22 from the same 3 containers: not reached (No route to host)",
        "- 3. host, j:22 from 2 containers (mongodb, influxdb): not reached (No route to host)",
        "- 4. host, k:22 from x_redis: not reached (exit 2)",
        f"- 5. host, {NO_IPV6} from 3 containers (mongodb, influxdb, register): not reached"
        " (it has none)",
    ]


def test_what_did_not_pass_stands_before_what_did(tmp_path: Path) -> None:
    """Nobody has to read thirty lines to find why it is red; what it could not do comes last."""
    whole = close_drill(hold(tmp_path), RUN).record
    made = [
        Check(name="a", state="passed"),
        Check(name="b", state="not checked", beyond=True),
        Check(name="c", state="failed"),
        Check(name="d", state="passed"),
        Check(name="e", state="not checked"),
        Check(name="f", state="could not verify"),
        Check(name="g", state="failed"),
    ]
    record = msgspec.structs.replace(whole, checks=tuple(made))
    for text in (in_text(record, Signatures(signed=False)), in_markdown(record, UNSIGNED)):
        part = text[text.index("Checked, expected and found") :]
        found = re.findall(r"- (?:PASSED|FAILED|COULD NOT VERIFY|NOT CHECKED) (\w)", part)
        assert found == ["c", "g", "f", "e", "a", "d", "b"]
    # The record itself has them in the order in which they were made.
    assert [one.name for one in record.checks] == list("abcdefg")


def test_of_a_long_command_the_page_shows_how_it_begins_and_where_it_is_whole(
    tmp_path: Path,
) -> None:
    record = close_drill(hold(tmp_path), RUN).record
    command = ("docker run" + " --add-host one:198.18.0.14" * 20, "docker network ls")
    step = msgspec.structs.replace(record.steps[0], command=command)
    long = msgspec.structs.replace(record, steps=(step,))
    (line,) = (one for one in in_text(long, Signatures(signed=False)).splitlines() if "$ " in one)
    assert line.endswith("… (whole in record.json)")
    assert "docker network ls" not in line and "docker run --add-host" in line
    # Where something was taken out the record does not have it whole either.
    for mark in MARKS:
        cut = msgspec.structs.replace(step, command=(*command, f"docker login -p {mark}"))
        less = msgspec.structs.replace(record, steps=(cut,))
        text = in_text(less, Signatures(signed=False))
        assert "… (longer in record.json)" in text and "whole in record.json" not in text
    short = msgspec.structs.replace(step, command=command[1:])
    record = msgspec.structs.replace(record, steps=(short,))
    assert "$ docker network ls\n" in in_text(record, Signatures(signed=False))


def rules_of(html: str) -> dict[str, dict[str, str]]:
    """What the page's own style sheet says, by selector; what it says of print alone as `print`."""
    (style,) = re.findall(r"<style>(.*?)</style>", html, re.DOTALL)
    printed = re.search(r"@media print \{ (.*?)\{(.*?)\} \}", style)
    assert printed is not None, "nothing is said of print"
    found: dict[str, dict[str, str]] = {"print " + printed[1].strip(): told(printed[2])}
    for selectors, body in re.findall(r"([^{}]+)\{([^{}]*)\}", style.replace(printed[0], "")):
        for selector in selectors.split(","):
            found.setdefault(" ".join(selector.split()), {}).update(told(body))
    return found


def told(body: str) -> dict[str, str]:
    pairs = (one.split(":", 1) for one in body.split(";") if ":" in one)
    return {name.strip(): value.strip() for name, value in pairs}


PIXELS = {"px": 1.0, "rem": 16.0, "mm": 96 / 25.4, "pt": 96 / 72}
A4 = 210 * PIXELS["mm"]


def pixels(length: str) -> float:
    """CSS pixels, 96 to the inch, of a fixed length; 0 for one that is a part of another."""
    number, unit = re.fullmatch(r"([\d.]+)([a-z%]*)", length).groups()  # type: ignore[union-attr]
    return float(number) * PIXELS.get(unit, 0.0)


@pytest.mark.parametrize("long", [False, True], ids=["as usual", "a name without a blank"])
def test_nothing_of_the_page_is_wider_than_a_sheet_of_a4(tmp_path: Path, long: bool) -> None:
    record = close_drill(hold(tmp_path), RUN).record
    if long:
        wide = "x" * 400
        images = [msgspec.structs.replace(one, service=wide) for one in record.tool.images]
        assert images
        tool = msgspec.structs.replace(record.tool, images=tuple(images))
        record = msgspec.structs.replace(record, tool=tool)
    html = in_html(record, Signatures(signed=False))
    rules = rules_of(html)
    page = rules["@page"]
    assert page["size"] == "A4"
    room = A4 - 2 * pixels(page["margin"])
    for selector, said in rules.items():
        for name in ("width", "min-width"):
            if name in said:
                assert pixels(said[name]) < room / 2, selector
    # What has no blank breaks anywhere: of text, and of commands, which have no rule of their own.
    assert rules["body"]["overflow-wrap"] == "anywhere"
    assert rules["print body"]["max-width"] == "100%" and rules["print body"]["margin"] == "0"
    for selector in ("li", "td", "code", "h1", ".state"):
        assert "white-space" not in rules.get(selector, {}), selector
    assert rules["svg"]["width"] == "100%"
    # A name that is kept in one line is a short one.
    assert rules["th"]["white-space"] == "nowrap" and rules["th.long"]["white-space"] == "normal"
    names = re.findall(r'<th scope="row">([^<]*)</th>', html)
    assert names and max(map(len, names)) * pixels("8px") < room / 2
    assert (re.search(r'class="long">x{400}<', html) is not None) == long
    # Within its drawing nothing reaches beyond it.
    width, height = map(float, re.findall(r'viewBox="0 0 ([\d.]+) ([\d.]+)"', html)[0])
    bars = re.findall(r'<rect x="([\d.]+)" y="([\d.]+)" width="([\d.]+)" height="([\d.]+)"', html)
    assert bars
    for x, y, wide_, high in (map(float, one) for one in bars):
        assert x + wide_ <= width and y + high <= height


def test_the_page_is_cut_between_sheets_where_nothing_is_torn_or_left_alone(
    failed: Settings, tmp_path: Path
) -> None:
    record = close_drill(hold(tmp_path), RUN).record
    html = in_html(record, Signatures(signed=False))
    rules = rules_of(html)
    assert rules["h2"]["break-after"] == "avoid"
    for one in ("tr", "li", "svg", "svg + table", "table.together"):
        assert rules[one]["break-inside"] == "avoid", one
    # Neither the first nor the last line of a table or a list stands alone on a sheet.
    for one in ("tr", "li"):
        assert rules[f"{one}:first-child"]["break-after"] == "avoid"
        assert rules[f"{one}:last-child"]["break-before"] == "avoid"
    # The table that holds all of it is torn wherever it has to be.
    assert set(rules[".sheet > tbody > tr"].items()) >= {
        ("break-inside", "auto"), ("break-before", "auto"), ("break-after", "auto")
    }  # fmt: skip
    # What a page ends with is on one sheet, its last line ("Verify") with what stands before it.
    last = html.rpartition("<h2>")[2]
    assert '<table class="together">' in last and last.count("<tr>") >= 5
    assert last.rpartition("<tr>")[2].startswith('<th scope="row">Verify</th>')


def test_no_address_stands_in_the_page_that_a_browser_would_ask(failed: Settings) -> None:
    html = forms(failed)["html"]
    (style,) = re.findall(r"<style>(.*?)</style>", html, re.DOTALL)
    assert "url(" not in style and "@import" not in style and "@font-face" not in style
    markup = re.sub(r">[^<]*<", "><", html)
    assert "http:" not in markup and "https:" not in markup and "//" not in markup
