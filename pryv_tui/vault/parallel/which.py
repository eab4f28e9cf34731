"""Which copy engine is in use, in words."""

from __future__ import annotations

from pryv_tui.phrases import counted
from pryv_tui.vault.native.library import why_not
from pryv_tui.vault.parallel.engine import CopyEngine
from pryv_tui.vault.parallel.sizing import processes_of


def engine_words(engine: CopyEngine, *, faults: bool = False) -> str:
    """What copies, in how many threads or processes, and why no more of it is done in C.

    Args:
        faults: a practice platform puts its faults into each file's copy.
    """
    if faults:
        return "Python, one process: so that a practice platform can put its faults into a copy"
    processes = processes_of(engine)
    if not processes:
        return "Python, one process: more take two processors and 1,024 open files"
    where = counted(processes, "process", "processes")
    if not engine.native:
        return f"Python, {where}: the C library is switched off"
    reason = why_not()
    threads = counted(processes, "thread", "threads")
    return f"Python, {where}: {reason}" if reason else f"the C library, {threads}"
