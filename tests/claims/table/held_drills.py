"""Sentences of drills, and the tests that notice."""

HELD: dict[str, dict[str, tuple[str, ...]]] = {
    "cli/drills/debriefing.py": {
        "nothing of the drill … was signed…": (
            "tests/drills/signing/test_signed_debrief.py"
            "::test_who_leaves_at_a_question_signs_nothing",
        ),
    },
    "drills/cadence.py": {
        "none that counts is on record here": (
            "tests/claims/test_of_drills.py"
            "::test_none_has_passed_is_not_said_where_one_did_or_may_have",
        ),
        "none that restored a set is on record here": (
            "tests/drills/test_cadence.py::test_when_one_is_due",
        ),
    },
    "drills/findings.py": {
        "nothing was given to change": (
            "tests/drills/signing/test_signed_debrief.py"
            "::test_a_finding_is_given_what_was_not_said_and_nothing_else",
        ),
    },
    "drills/model.py": {
        "It proves nothing of one": (
            "tests/claims/deciding/test_of_signatures.py"
            "::test_that_no_real_platform_was_in_it_is_said_of_no_drill_of_one",
        ),
    },
    "drills/playing/deeds.py": {
        "There was none to free.": (
            "tests/claims/test_of_sandboxes.py::test_none_was_freed_is_said_where_none_was",
        ),
        "Nothing… was left half-done…": (
            "tests/claims/test_of_sandboxes.py"
            "::test_nothing_was_left_is_said_where_each_engine_was_asked_and_no_run_goes_on",
        ),
    },
    "drills/playing/looks.py": {
        "Nothing lacks its other half.": (
            "tests/claims/test_of_sandboxes.py"
            "::test_nothing_remains_is_shown_where_all_was_checked",
        ),
    },
    "drills/record/closing.py": {
        "there is nothing to record yet": (
            "tests/claims/test_of_sandboxes.py"
            "::test_there_is_nothing_to_record_while_a_run_of_it_goes_on",
        ),
    },
    "drills/record/judging.py": {
        "nothing was checked": (
            "tests/drills/record/test_record_judged.py::test_what_was_not_seen_to_be_well_is_not_well",
        ),
        "nothing was tried from inside": (
            "tests/drills/record/test_record_judged.py::test_what_was_not_seen_to_be_well_is_not_well",
        ),
        "nothing shows that the sandbox was removed": (
            "tests/claims/test_of_sandboxes.py"
            "::test_nothing_tells_of_a_teardown_is_said_where_nothing_does",
        ),
    },
    "drills/report/page.py": {
        " (whole in record.json)": (
            "tests/drills/test_report.py"
            "::test_of_a_long_command_the_page_shows_how_it_begins_and_where_it_is_whole",
        ),
        "nothing was executed, so nothing is proven": (
            "tests/drills/test_report.py"
            "::test_a_story_is_told_with_its_turns_and_a_walk_through_proves_nothing",
        ),
        "all of it is gone": (
            "tests/claims/test_of_drills.py"
            "::test_all_of_a_sandbox_is_gone_only_where_all_of_it_was_seen_to_go",
        ),
        "None: when the live platform was checked": (
            "tests/claims/test_of_drills.py"
            "::test_each_account_name_is_there_only_where_both_were_asked",
        ),
    },
    "drills/signing/checking.py": {
        "but there is none: it was removed, or not written": (
            "tests/claims/deciding/test_of_signatures.py"
            "::test_a_key_without_a_signature_is_told_where_there_is_one",
        ),
    },
    "drills/signing/order.py": {
        " counts; hold another: pryv-tui drill run": (
            "tests/drills/signing/test_ways_lead_out.py"
            "::test_nothing_counts_is_said_of_each_drill_that_does_not_and_of_none_that_does",
        ),
        "to hold another: pryv-tui": (
            "tests/drills/signing/test_ways_lead_out.py"
            "::test_nothing_counts_is_said_of_each_drill_that_does_not_and_of_none_that_does",
        ),
    },
    "drills/signing/ssh.py": {
        "Nothing was written": (
            "tests/drills/signing/test_signing.py::test_a_refused_key_leaves_nothing",
        ),
    },
    "drills/signing/verify_page.py": {
        "Whoever can write here can replace all of it": (
            "tests/claims/deciding/test_of_signatures.py"
            "::test_who_can_write_here_replaces_all_and_what_was_signed_is_not_made_again",
        ),
        "That nothing was removed here since the newest drill was recorded": (
            "tests/claims/deciding/test_of_signatures.py"
            "::test_that_nothing_was_taken_away_is_proven_by_a_record_that_was_made_after_it",
            "tests/claims/deciding/test_of_signatures.py::test_a_review_misses_the_debrief_that_it_saw",
        ),
    },
    "drills/story/turns.py": {
        "and nothing was executed": (
            "tests/claims/deciding/test_of_signatures.py"
            "::test_that_nothing_was_executed_is_why_a_check_was_not_made_in_a_walk_through_alone",
        ),
    },
    "operations/drilling/places.py": {
        "is mounted in the sandbox": (
            "tests/claims/test_of_sandboxes.py"
            "::test_a_sandbox_in_which_something_is_mounted_stays_as_it_is",
        ),
    },
    "operations/drilling/probing.py": {
        "has an address that could be tried": (
            "tests/claims/test_of_drills.py"
            "::test_no_live_container_is_not_said_of_containers_without_an_address",
        ),
        "there is none that could be reached": (
            "tests/claims/test_of_drills.py"
            "::test_no_live_container_is_not_said_of_containers_without_an_address",
        ),
        "nothing was tried from inside": (
            "tests/claims/test_of_sandboxes.py"
            "::test_none_got_out_is_said_where_each_attempt_proves_it",
        ),
        "it has none": (
            "tests/claims/test_of_sandboxes.py"
            "::test_a_container_has_no_other_address_only_where_that_was_read",
        ),
    },
    "operations/drilling/spec.py": {
        "none of the services that serve": (
            "tests/claims/deciding/test_of_reasons.py::test_why_a_service_is_left_off_is_so_of_that_service",
        ),
        "and none is pulled": (
            "tests/claims/deciding/test_of_reasons.py"
            "::test_an_image_that_is_not_here_is_not_pulled_and_why_it_lacks_is_told_once",
        ),
    },
    "operations/guards/drill.py": {
        "its seal is whole": (
            "tests/journeys/drills/sets/test_drill_words.py"
            "::test_what_is_said_of_a_sets_own_words_is_so",
        ),
        "it has no seal, like sets of earlier versions, and was not": (
            "tests/journeys/drills/sets/test_drill_words.py"
            "::test_what_is_said_of_a_sets_own_words_is_so",
        ),
        "it has no seal; its manifest is the same as when the set was verified, ": (
            "tests/journeys/drills/sets/test_drill_words.py"
            "::test_what_is_said_of_a_sets_own_words_is_so",
        ),
        "none is unhealthy or keeps restarting": (
            "tests/operations/drilling/test_pressure.py"
            "::test_containers_in_trouble_are_named_and_refuse_nothing",
        ),
        "no folder can be made in": (
            "tests/claims/test_of_sandboxes.py::test_nothing_can_be_made_where_nobody_may_write",
        ),
    },
    "operations/kinds/drill.py": {
        "were brought up on it and asked": (
            "tests/claims/deciding/test_of_reasons.py"
            "::test_that_services_were_asked_from_inside_is_said_where_each_of_them_was",
        ),
        "It is only waiting: there is no sandbox yet, and it ends at once.": (
            "tests/journeys/drills/test_drill_newest.py"
            "::test_one_that_ends_while_it_waits_names_no_set",
        ),
        "The drill itself has stopped nothing of the platform and changed nothing": (
            "tests/journeys/drills/test_drill.py::test_a_change_of_the_platform_meanwhile_is_named",
        ),
        "the drill has stopped nothing of the platform and changed nothing": (
            "tests/claims/test_of_sandboxes.py"
            "::test_changed_nothing_is_promised_of_a_cancelled_drill_and_of_no_kind_that_holds_it",
        ),
    },
    "operations/plans/drill.py": {
        "a drill would have nothing to start": (
            "tests/claims/test_of_sandboxes.py"
            "::test_a_drill_has_nothing_to_bring_up_of_a_set_without_databases",
        ),
        "nothing of the platform is stopped or changed": (
            "tests/claims/test_of_sandboxes.py"
            "::test_nothing_of_the_platform_is_stopped_is_said_by_no_restore",
        ),
    },
    "operations/steps/drilling/fingerprint.py": {
        "The drill itself reaches none of it": (
            "tests/journeys/drills/test_drill.py::test_a_change_of_the_platform_meanwhile_is_named",
        ),
    },
    "operations/steps/drilling/in_sandbox.py": {
        "no record without its other half": (
            "tests/claims/test_of_sandboxes.py"
            "::test_nothing_lacks_its_other_half_is_said_of_what_was_asked",
        ),
        "nothing to compare with, since not counted in the set": (
            "tests/claims/test_of_sandboxes.py"
            "::test_more_than_the_set_had_is_said_of_what_was_counted_in_the_set",
        ),
    },
    "operations/steps/drilling/prove_isolation.py": {
        "does not stay up": (
            "tests/journeys/drills/test_drill_removed.py"
            "::test_a_server_that_ends_as_soon_as_it_is_started_is_named_before_any_data_comes",
        ),
        "none got out": (
            "tests/claims/test_of_sandboxes.py"
            "::test_none_got_out_is_said_where_each_attempt_proves_it",
        ),
    },
    "tui/text/drill.py": {
        "no platform is made": (
            "tests/drills/test_pages.py::test_on_what_a_drill_is_played_is_said_as_it_is",
        ),
        "Nothing was decided yet.": (
            "tests/tui/flows/test_drills_played.py"
            "::test_where_there_is_room_what_was_so_far_is_beside_the_question",
        ),
        "nothing of yours is touched": (
            "tests/claims/test_of_sandboxes.py"
            "::test_nothing_of_yours_is_touched_is_said_of_a_platform_of_its_own",
        ),
    },
    "drills/record/signing.py": {
        "The findings are kept without a signature": (
            "tests/drills/signing/test_signed_debrief.py"
            "::test_what_no_reviewer_saw_stays_among_the_findings",
        ),
    },
}
