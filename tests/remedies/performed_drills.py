"""Remedies about drills."""

_MENDED = ("tests/drills/test_scenarios.py::test_what_was_refused_is_mended_as_it_says",)

OF_DRILLS: dict[str, tuple[str, ...]] = {
    "Mend it there, and look again: pryv-tui drill scenarios": _MENDED,
    "Those that can be played: pryv-tui drill scenarios": _MENDED,
    "Make it, or take `scenarios` out": _MENDED,
    "Copy it, when you have read it, to where only you, or root, can write": _MENDED,
    "pryv-tui drill scenarios names those that can": _MENDED,
    "pryv-tui drill list names those known here": (
        "tests/drills/test_record.py::test_a_drill_that_is_not_known_is_found_in_the_list",
    ),
}
