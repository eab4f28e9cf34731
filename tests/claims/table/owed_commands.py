"""What nobody has seen noticed yet: commands and errors."""

OWED: dict[str, dict[str, tuple[str, ...]]] = {
    "cli/base/asking.py": {
        "is not the domain of this platform; nothing was changed": (
            "tests/claims/test_of_refusals.py"
            "::test_with_another_word_nothing_is_changed_and_with_the_word_it_is_not_said",
        ),
    },
    "cli/base/unnamed.py": {
        "Nothing was done": (
            "tests/claims/test_of_refusals.py::test_a_command_that_lacks_its_word_does_nothing",
        ),
    },
    "cli/drills/records.py": {
        "No debrief is part of it: nothing was found, or nobody": (
            "tests/claims/test_of_drills.py"
            "::test_no_debrief_is_said_where_nobody_found_anything_and_not_where_one_did",
        ),
        "the journals up": (
            "tests/claims/test_of_drills.py"
            "::test_of_a_drill_without_a_record_nothing_is_said_to_be_what_was_written",
            "tests/drills/test_signing.py::test_both_find_what_was_spoilt",
        ),
    },
    "cli/prune.py": {
        "is not the domain of this platform; nothing was removed": (
            "tests/claims/test_of_refusals.py"
            "::test_with_another_word_nothing_is_changed_and_with_the_word_it_is_not_said",
        ),
    },
    "cli/run.py": {
        "… is …; nothing was changed": (),
        "is not the domain of the set": (
            "tests/claims/test_of_refusals.py"
            "::test_with_another_word_nothing_is_changed_and_with_the_word_it_is_not_said",
        ),
        "is not the domain of this platform; nothing was removed": (
            "tests/claims/test_of_refusals.py"
            "::test_with_another_word_nothing_is_changed_and_with_the_word_it_is_not_said",
        ),
        "--files touches nothing that is there": (
            "tests/claims/test_of_refusals.py::test_files_touch_nothing_that_is_there",
        ),
    },
    "errors.py": {
        "A guard refused; nothing was changed.": (),
        "nothing was found out about what was to be read": (),
        "may not read a part of a set; nothing was found out": (),
        "The file server of a set does not answer any more": (),
    },
}
