"""An embedded platform that needs no Docker: it has the same interfaces, over a folder.

For learning, for drills, for a first look, for tests. It has real data in the real dump formats,
and nothing that could touch a real platform.
"""
