"""The programs inside a practice platform's containers, one module for each tool.

Each tool prints what the real one prints, on the same stream, and exits as it does. A tool that
works for a while runs as a separate process (`python -m pryv_tui.practice.tools …`). A tool that
only answers a question runs in the calling process (`practice.machines.questions`).
"""
