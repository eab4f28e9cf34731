"""Sentences of the screens, and the tests that notice."""

HELD: dict[str, dict[str, tuple[str, ...]]] = {
    "tui/actions.py": {
        "Nothing is done before the set's domain was typed": (
            "tests/tui/screens/test_interface_restore.py::test_the_word_can_not_be_bypassed",
        ),
    },
    "tui/base/page.py": {
        "nothing is listed here that": (
            "tests/tui/widgets/test_palette.py::test_the_way_to_what_can_not_be_done_says_so",
        ),
        "Nothing was done.": (
            "tests/tui/screens/test_interface_container.py"
            "::test_a_stop_wants_the_domain_and_a_start_a_button",
        ),
        "Nothing was written.": (
            "tests/tui/screens/lost/test_interface_incident.py::test_a_loss_is_seen_noted_and_reported",
        ),
    },
    "tui/base/wizard.py": {
        "Nothing was started. What was chosen": (
            "tests/tui/screens/test_interface_backup.py::test_leaving_a_wizard_asks",
        ),
        "Nothing was started: another run": (
            "tests/tui/screens/test_interface_busy.py::test_a_refusal_can_be_read",
        ),
        "nothing can be started now": (
            "tests/tui/screens/test_interface_busy.py::test_a_run_that_goes_on_is_on_the_first_page",
        ),
        "Nothing can be started here before": (
            "tests/tui/screens/test_interface_busy.py::test_a_run_that_goes_on_is_on_the_first_page",
        ),
    },
    "tui/flows/accept.py": {
        "There is nothing to accept now.": (
            "tests/claims/acting/test_of_commands.py"
            "::test_that_nothing_is_there_is_not_said_where_something_is",
        ),
        "Nothing that is shown here is to be accepted": (
            "tests/claims/test_of_screens.py"
            "::test_nothing_is_to_be_accepted_where_nothing_is_shown",
        ),
    },
    "tui/flows/pin.py": {
        "Nothing is removed now": (
            "tests/claims/test_of_screens.py"
            "::test_nothing_is_removed_now_is_said_before_a_pin_goes",
        ),
    },
    "tui/flows/recover.py": {
        "Nothing of it can be finished": (
            "tests/claims/test_of_screens.py"
            "::test_nothing_of_it_can_be_finished_where_there_is_no_safe_choice",
        ),
    },
    "tui/screens/backup.py": {
        "there is nothing to back up": (
            "tests/claims/test_of_screens.py"
            "::test_nothing_to_back_up_is_said_where_every_engine_was_asked",
        ),
    },
    "tui/screens/drills/choose.py": {
        "Nothing of a real platform is touched": (
            "tests/claims/test_of_screens.py"
            "::test_nothing_of_a_real_platform_is_what_a_story_is_played_on",
        ),
    },
    "tui/screens/drills/held.py": {
        "Nothing was written.": (
            "tests/tui/flows/test_drills_found.py"
            "::test_what_a_sandbox_drill_found_is_added_where_its_report_is_read",
        ),
    },
    "tui/base/observing.py": {
        "Nothing was written.": (
            "tests/claims/test_of_screens.py"
            "::test_nothing_was_written_is_said_of_a_note_that_was_not",
        ),
    },
    "tui/screens/drills/play.py": {
        "Walk-through: nothing is executed": (
            "tests/tui/flows/test_drills_played.py"
            "::test_one_that_is_open_is_marked_and_no_other_begins_beside_it",
        ),
    },
    "tui/screens/prune.py": {
        "Nothing was done: no rule keeps a set": (
            "tests/tui/screens/lost/test_interface_lost.py"
            "::test_a_prune_without_any_rule_says_why_it_does_not_go_on",
        ),
        "every set stays": (
            "tests/tui/screens/test_interface_sets.py::test_prune_shows_what_goes_and_wants_the_domain",
        ),
        "Nothing goes without a rule": (
            "tests/claims/test_of_screens.py"
            "::test_nothing_goes_without_a_rule_and_there_is_nothing_to_go_on_with_without_a_set",
        ),
        "There is nothing to continue with": (
            "tests/claims/test_of_screens.py"
            "::test_nothing_goes_without_a_rule_and_there_is_nothing_to_go_on_with_without_a_set",
        ),
    },
    "tui/screens/sets.py": {
        "of all the rest it sees that it is there": (
            "tests/operations/overview/test_verify_set.py"
            "::TestSamples::test_of_the_rest_a_sample_sees_that_it_is_there_and_not_what_it_holds",
        ),
    },
    "tui/text/comparing.py": {
        "it is restored as a whole": (
            "tests/claims/test_made_false.py"
            "::test_nothing_is_gone_is_not_said_of_what_was_not_seen",
        ),
        "Nothing is gone": (
            "tests/claims/test_made_false.py"
            "::test_nothing_is_gone_is_not_said_of_what_was_not_seen",
        ),
    },
    "tui/text/incidents.py": {
        "nothing is known to have been down": (
            "tests/claims/test_of_screens.py::test_a_row_says_lost_of_a_role_that_is_known_to_be",
        ),
    },
    "tui/text/overview.py": {
        "nothing urgent, but …": (
            "tests/claims/test_made_false.py"
            "::test_nothing_urgent_is_not_said_where_something_waits",
        ),
        "nothing urgent": (
            "tests/claims/test_made_false.py"
            "::test_nothing_urgent_is_not_said_where_something_waits",
        ),
        "✓ nothing urgent": (
            "tests/claims/test_made_false.py"
            "::test_nothing_urgent_is_not_said_where_something_waits",
        ),
    },
    "tui/text/plan.py": {
        ", and nothing FAILED.": (
            "tests/claims/test_made_false.py::test_all_checks_are_ok_only_where_each_is",
        ),
        "✓ all … OK": (
            "tests/claims/test_made_false.py::test_all_checks_are_ok_only_where_each_is",
        ),
        "Nothing is to be done.": (
            "tests/claims/test_made_false.py"
            "::test_nothing_is_to_be_done_is_said_of_an_empty_plan_alone",
        ),
    },
    "tui/text/practice.py": {
        "Nothing yet.": (
            "tests/claims/test_made_false.py"
            "::test_nothing_yet_is_not_said_of_acts_that_can_not_be_read",
        ),
    },
    "tui/text/run.py": {
        "Gap: none, nothing was copied": (
            "tests/claims/test_made_false.py"
            "::test_nothing_was_copied_is_not_said_of_what_was_taken",
        ),
        "Gap: nothing copied yet": (
            "tests/claims/test_made_false.py"
            "::test_nothing_was_copied_is_not_said_of_what_was_taken",
        ),
    },
    "tui/text/sets.py": {
        "it holds nothing that could be taken over": (
            "tests/tui/widgets/test_rows.py::test_a_partial_set_says_whether_it_is_of_any_use",
        ),
        "nothing is restored from it": (
            "tests/claims/test_of_screens.py::test_nothing_is_restored_from_a_set_that_is_partial",
        ),
    },
    "tui/text/standing.py": {
        "up": ("tests/operations/overview/test_serving.py::test_up_is_what_runs_and_answers",),
        "partly up": (
            "tests/operations/overview/test_serving.py::test_a_part_that_does_not_run_is_a_part",
        ),
        "nothing here": (
            "tests/claims/test_made_false.py"
            "::test_nothing_here_is_not_said_while_a_machine_was_not_asked",
        ),
        "none that is whole": (
            "tests/operations/overview/test_serving.py"
            "::test_a_vault_with_damaged_sets_alone_is_not_told_to_be_empty",
        ),
    },
    "tui/widgets/too_small.py": {
        "all is as it was": (
            "tests/claims/test_of_screens.py"
            "::test_all_is_as_it_was_is_said_in_the_place_of_a_screen_that_stays",
        ),
    },
}
