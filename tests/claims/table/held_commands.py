"""Sentences of commands and errors, and the tests that notice."""

HELD: dict[str, dict[str, tuple[str, ...]]] = {
    "cli/base/watching.py": {
        "It never began: nothing was done.": (
            "tests/runs/record/test_untold.py::test_what_it_did_is_not_known",
            "tests/runs/record/test_untold.py::test_of_one_that_never_began_one_thing_is_said",
        ),
    },
    "cli/accept.py": {
        "There is nothing to accept now.": (
            "tests/claims/acting/test_of_commands.py"
            "::test_that_nothing_is_there_is_not_said_where_something_is",
        ),
    },
    "cli/base/asking.py": {
        "nothing that the run … left was changed": (
            "tests/cli/test_recover_several.py::test_nor_where_the_next_one_is_not_confirmed",
        ),
        "nothing of that was changed": (
            "tests/cli/test_recover_several.py"
            "::test_after_another_was_recovered_it_does_not_end_as_if_nothing_had_been",
        ),
    },
    "cli/base/unnamed.py": {
        "none is running now; the last one is …, …": (
            "tests/claims/acting/test_of_commands.py"
            "::test_that_nothing_is_there_is_not_said_where_something_is",
        ),
        "none is running now": (
            "tests/claims/acting/test_of_commands.py"
            "::test_that_nothing_is_there_is_not_said_where_something_is",
        ),
        "Nothing was done": (
            "tests/claims/acting/test_of_refusals.py::test_a_command_that_lacks_its_word_does_nothing",
        ),
        "nothing that a run moved aside is still there": (
            "tests/claims/acting/test_of_commands.py"
            "::test_that_nothing_is_there_is_not_said_where_something_is",
        ),
    },
    "cli/drills/records.py": {
        "nothing was signed": (
            "tests/drills/signing/test_signing.py::test_nobody_stands_for_a_drill_that_was_not_named",
        ),
        "state folder: nothing": (
            "tests/claims/acting/test_of_commands.py"
            "::test_that_nothing_is_there_is_not_said_where_something_is",
        ),
        "after the record was made was not signed": (
            "tests/drills/signing/test_signed_debrief.py"
            "::test_who_signs_is_told_that_what_is_closed_is_no_part_of_it",
        ),
        "no record: nothing was verified": (
            "tests/claims/test_of_drills.py"
            "::test_of_a_drill_without_a_record_nothing_is_said_to_be_what_was_written",
        ),
        "No debrief was signed with it": (
            "tests/claims/test_of_drills.py"
            "::test_no_debrief_is_said_where_nobody_found_anything_and_not_where_one_did",
        ),
        "are as they were written, and so is": (
            "tests/claims/test_of_drills.py"
            "::test_of_a_drill_without_a_record_nothing_is_said_to_be_what_was_written",
        ),
    },
    "cli/prune.py": {
        "is not the domain of this platform; nothing was removed": (
            "tests/claims/acting/test_of_refusals.py"
            "::test_with_another_word_nothing_is_changed_and_with_the_word_it_is_not_said",
        ),
        "There is nothing to remove.": (
            "tests/claims/acting/test_of_commands.py"
            "::test_that_nothing_is_there_is_not_said_where_something_is",
        ),
    },
    "cli/run.py": {
        "… is …; nothing was changed": (
            "tests/runs/test_now.py::test_the_set_of_a_run_that_is_alive_is_being_made",
        ),
        "is not the domain of the set": (
            "tests/claims/acting/test_of_refusals.py"
            "::test_with_another_word_nothing_is_changed_and_with_the_word_it_is_not_said",
        ),
        "is not the domain of this platform; nothing was removed": (
            "tests/claims/acting/test_of_refusals.py"
            "::test_with_another_word_nothing_is_changed_and_with_the_word_it_is_not_said",
        ),
        "Nothing… was left half-done": (
            "tests/cli/test_runs.py"
            "::test_recover_of_a_machine_that_can_not_be_asked_does_not_say_nothing",
            "tests/claims/acting/test_of_acts.py"
            "::test_nothing_was_left_half_done_is_not_said_where_a_run_left_something",
        ),
        "--files changes nothing that is there": (
            "tests/claims/acting/test_of_refusals.py::test_files_touch_nothing_that_is_there",
        ),
    },
    "errors.py": {
        "A guard refused; nothing was changed.": (
            "tests/claims/test_of_words.py::test_a_refusal_that_comes_after_a_change_is_none",
        ),
        "nothing was found out about what was to be read": (
            "tests/operations/sets/test_verify_means.py"
            "::test_nothing_is_kept_of_a_check_that_could_not_be_done",
        ),
        "may not read a part of a set; nothing was found out": (
            "tests/operations/sets/test_verify_rights.py"
            "::test_whatever_was_opened_when_rights_ended",
        ),
        "The file server of a set does not answer any more": (
            "tests/operations/sets/test_verify_rights.py"
            "::test_nor_where_the_file_server_goes_away_meanwhile",
        ),
    },
}
