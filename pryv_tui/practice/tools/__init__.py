"""The programs inside a practice platform's containers, one module a tool.

Each prints what the real one prints, on the same stream, and exits as it exits. One that works for
a while runs as a process of its own (`python -m pryv_tui.practice.tools …`); a question is answered
in the process that asks it (`practice.machines.questions`).
"""
