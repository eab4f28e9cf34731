"""`kill` inside a container: it sends signals to the programs recorded there, and to no other
process."""

from __future__ import annotations

import os
import signal

from pryv_tui.practice.tools.context import Context


def run(context: Context) -> int:
    number = signal.SIGTERM
    pids: list[int] = []
    for argument in context.arguments:
        name = argument.lstrip("-").upper().removeprefix("SIG")
        if argument == "-s":
            continue
        if not argument.startswith("-") and argument.isdigit():
            pids.append(int(argument))
            continue
        try:
            number = signal.Signals(int(name)) if name.isdigit() else signal.Signals[f"SIG{name}"]
        except (KeyError, ValueError):
            context.err(f"kill: invalid argument {argument}\n")
            return 1
    recorded = {p.pid: p for p in context.machine.engine.processes(context.container.name)}
    code = 0
    for pid in pids:
        if pid in recorded and recorded[pid].alive:
            os.kill(pid, number)
        else:
            context.err(f"kill: ({pid}): No such process\n")
            code = 1
    return code
