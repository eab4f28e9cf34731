"""The programs inside a practice platform's containers, one module for each tool.

Each prints what the real one prints, on the same stream, and exits as it does. A tool that works
for a while runs as a process of its own (`python -m pryv_tui.practice.tools …`). A question is
answered in the process that asks it (`practice.machines.questions`).
"""
