"""An embedded platform that needs no Docker: the same interfaces over a folder.

For learning, for drills, for a first look, for tests. Real data in the real dump formats, and
nothing that could touch a real platform.
"""
