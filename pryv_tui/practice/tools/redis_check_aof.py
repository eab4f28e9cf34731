"""`redis-check-aof FILE`: checks whether an append-only file can be read to its end."""

from __future__ import annotations

from pryv_tui.practice.stores import resp
from pryv_tui.practice.tools.context import Context

_USAGE = "Usage: redis-check-aof [--fix] <file.aof>\n"


def run(context: Context) -> int:
    arguments = [argument for argument in context.arguments if argument != "--fix"]
    if len(arguments) != 1:
        context.out(_USAGE)
        return 1
    try:
        data = context.path(arguments[0]).read_bytes()
    except OSError:
        context.out(f"Cannot open file: {arguments[0]}\n")
        return 1
    size = len(data)
    if not size:
        context.out(f"Empty file: {arguments[0]}\n")
        return 1
    good = size
    try:
        for _ in resp.decode(data):
            pass
    except resp.Broken as error:
        good = error.position
        context.out(f"0x{error.at:16x}: {error}\n")
    context.out(f"AOF analyzed: size={size}, ok_up_to={good}, diff={size - good}\n")
    if good == size:
        context.out("AOF is valid\n")
        return 0
    if "--fix" in context.arguments:
        context.out("This will shrink the AOF: a practice platform leaves it as it is.\n")
    else:
        context.out("AOF is not valid. Use the --fix option to try fixing it.\n")
    return 1
