"""Remedies about pins of sets."""

_TYPED = ("tests/cli/test_pin.py::test_no_rule_takes_a_pinned_set",)

OF_PINS: dict[str, tuple[str, ...]] = {
    "To report the incident before it: pryv-tui report": (
        "tests/incidents/reported/test_unread_closed.py"
        "::test_one_that_is_later_is_not_passed_over_for_an_older_one",
    ),
    "way_out_of(state, doubted, in_doubt)": (
        "tests/cli/test_pin.py::test_no_rule_takes_what_a_damaged_incident_may_name",
    ),
    "way_out_of(state, dark)": (
        "tests/incidents/reported/test_unread_closed.py"
        "::test_one_of_which_nothing_can_be_read_is_there_all_the_same",
    ),
    "way_out_of(state, [one])": (
        "tests/incidents/test_unread_told.py"
        "::test_an_incident_that_can_not_be_read_whole_needs_a_person",
    ),
    "When the incident is over: pryv-tui incident close; then: pryv-tui unpin": _TYPED,
    "To see which sets are pinned: pryv-tui list": _TYPED,
    "No rule of prune removes it as it is; to see what can be pinned": _TYPED,
    "Look at that file; if nobody knows what it contained, remove it": _TYPED,
    "If nobody needs it any more: pryv-tui unpin": (
        "tests/vault/beside/test_pins.py::test_a_pinned_set_keeps_its_name",
    ),
    "Give a shorter reason": ("tests/vault/beside/test_pins.py::test_a_reason_has_a_bound",),
}

TYPED_OF_PINS: dict[str, tuple[str, ...]] = {
    "To see which sets the incident protects until then: pryv-tui list": (
        "tests/incidents/test_unread_told.py"
        "::test_an_incident_that_can_not_be_read_whole_needs_a_person",
    ),
    "To undo that: pryv-tui unpin": _TYPED,
    "pryv-tui pin": _TYPED,
    "pryv-tui unpin": _TYPED,
}
