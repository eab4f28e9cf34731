"""A run that prints a hundred thousand lines: memory stays bounded, and every key still works."""

from __future__ import annotations

import os
from pathlib import Path

import msgspec

from pryv_tui.clock import timestamp
from pryv_tui.operations.kinds.backup import Backup
from pryv_tui.operations.plan import StepView
from pryv_tui.operations.settings.resolve import Settings, resolve_settings
from pryv_tui.practice.platform import PracticePlatform
from pryv_tui.runs.record.events import Output, RunStarted, StepStarted
from pryv_tui.runs.record.history import WORKER, mark_of, read_run
from pryv_tui.runs.record.journal import JournalWriter
from pryv_tui.runs.record.request import NAME
from pryv_tui.tui.screens.run import RunScreen
from pryv_tui.tui.text.lines import KEPT
from tests.tui.driving import opened

LINES = 100_000
STEPS = ("dump-mongodb", "dump-influxdb")


def printed(state: Path, settings: Settings, run: str) -> JournalWriter:
    """The journal of a run that this process seems to work on, two steps of which have printed."""
    folder = state / "runs" / run
    folder.mkdir(parents=True)
    request = Backup(run=run, settings=settings, asked=timestamp())
    (folder / NAME).write_bytes(msgspec.json.encode(request))
    (folder / WORKER).write_bytes(msgspec.json.encode(mark_of(os.getpid())))
    writer = JournalWriter(folder, run)
    plan = [
        StepView(
            step=name, title=name, host="single", command=(name,), leaves="nothing",
            undone="nothing", destructive=False,
        )
        for name in STEPS
    ]  # fmt: skip
    writer.write(RunStarted(kind="backup", roles=["core"], plan=plan, pid=os.getpid()))
    for at, name in enumerate(STEPS):
        writer.write(StepStarted(step=name, title=name, command=[name]))
        # In pieces, as an engine hands over what a tool printed.
        for first in range(at * LINES // 2, (at + 1) * LINES // 2, 50):
            text = "".join(f"document {number}\n" for number in range(first, first + 50))
            stream = "stderr" if first % 5000 == 0 else "stdout"
            writer.write(Output(step=name, stream=stream, text=text))
    return writer


async def test_a_hundred_thousand_lines(tmp_path: Path) -> None:
    PracticePlatform.create(tmp_path / "p", users=1, attachments=0)
    settings = resolve_settings(practice=str(tmp_path / "p"), environment={})
    run = "20260101T000000Z-backup"
    writer = printed(Path(settings.state), settings, run)
    async with opened(settings) as operator:
        await operator.on("RunScreen")
        screen = operator.app.screen
        assert isinstance(screen, RunScreen)
        await operator.until(lambda: bool(screen.children), "its panels")
        view = screen.output.view
        await operator.sees(f"document {LINES - 1}")
        assert len(view.lines) <= KEPT
        gone = view.lines.dropped
        assert gone + len(view.lines) > LINES
        await operator.sees(f"the first {gone} are in the journal")
        # Paused, it stays where it is while more comes; a search finds what is far above.
        await operator.keys("slash")
        await operator.type("document 70000")
        assert "document 70000" in operator.text, "what is typed is seen"
        await operator.keys("enter")
        await operator.sees("paused")
        await operator.sees("document 70000")
        writer.write(Output(step=STEPS[1], stream="stdout", text="one more\n"))
        await operator.until(lambda: "one more" in view.lines[-1].text, "the newest line")
        assert "document 70000" in operator.text
        assert "one more" not in operator.text
        # One part alone, and all of it again.
        await operator.keys("f")
        await operator.sees("only ")
        assert len(screen.output.view.lines) < KEPT
        for _ in range(9):
            if "only " in operator.text:
                await operator.keys("f")
        assert screen.output.lens is None
        await operator.keys("end")
        await operator.sees("one more")
        await operator.keys("w")
        await operator.sees("wrapped")
        await operator.sees("one more")
    record = read_run(Path(settings.state) / "runs" / run)
    assert record is not None and record.state == "running", "only the view was closed"
