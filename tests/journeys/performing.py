"""Runs performed in the process of a test, by the worker's own code."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from pryv_tui.operations.kind import kind_of
from pryv_tui.operations.plan import PlanKind
from pryv_tui.operations.settings.patience import Patience
from pryv_tui.operations.settings.resolve import Settings
from pryv_tui.runs.record.events import AnyEvent
from pryv_tui.runs.record.journal import JournalReader, JournalWriter
from pryv_tui.runs.record.request import NAME
from pryv_tui.runs.worker import process as worker
from pryv_tui.vault.parallel.engine import USUAL, CopyEngine


def perform(
    settings: Settings,
    name: str,
    kind: PlanKind,
    monkeypatch: pytest.MonkeyPatch,
    *,
    cancel: Callable[[AnyEvent], bool] | None = None,
    copy_engine: CopyEngine = USUAL,
    patience: Patience | None = None,
    **more: Any,
) -> list[AnyEvent]:
    """Perform a run of that name; what its journal holds.

    Args:
        cancel: the signal that cancels is sent right after the first event of which it says so.
        copy_engine: how it copies files.
        patience: how long it waits; None: as is usual.
    """
    folder = Path(settings.state) / "runs" / name
    folder.mkdir(parents=True)
    request = kind_of(kind)(run=name, settings=settings, **more)
    (folder / NAME).write_bytes(msgspec.json.encode(request))
    write, sent = JournalWriter.write, threading.Event()

    def listen(journal: JournalWriter, event: AnyEvent, *, durable: bool = False) -> None:
        write(journal, event, durable=durable)
        if cancel is not None and not sent.is_set() and cancel(event):
            sent.set()
            signal.raise_signal(signal.SIGTERM)

    signals = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
    before = [signal.getsignal(number) for number in signals]
    try:
        with monkeypatch.context() as patch:
            patch.setattr(JournalWriter, "write", listen)
            worker.work(folder, copy_engine, patience)
    finally:
        for number, handler in zip(signals, before, strict=True):
            signal.signal(number, handler)
    return JournalReader(folder / "journal.jsonl").read()
