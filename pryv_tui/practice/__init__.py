"""The practice platform: embedded, without Docker. It has the same interfaces as a real one, over a
folder.

It is for learning, for drills, for a first look, for tests. It has real data in the real dump
formats, and nothing that could touch a real platform.
"""
