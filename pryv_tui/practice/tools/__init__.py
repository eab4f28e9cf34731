"""The programs inside a practice platform's containers, one module a tool.

Each runs as a process of its own (`python -m pryv_tui.practice.tools …`), prints what the real one
prints, on the same stream, and exits as it exits.
"""
