"""Sentences of incidents, runs, Pryv.io itself, practice and sets, and the tests that notice."""

HELD: dict[str, dict[str, tuple[str, ...]]] = {
    "runs/left.py": {
        "was requested, but never began.": (
            "tests/runs/record/test_untold.py::test_what_it_did_is_not_known",
            "tests/runs/record/test_untold.py::test_of_one_that_never_began_one_thing_is_said",
        ),
    },
    "incidents/files.py": {
        "each of the other …": (
            "tests/cli/test_pin.py::test_no_rule_takes_what_a_damaged_incident_may_name",
        ),
        "nothing of the … was written": (
            "tests/claims/test_of_records.py"
            "::test_nothing_of_an_incident_was_written_where_the_half_of_it_was_taken_back",
        ),
    },
    "runs/record/history.py": {
        "it has no journal": ("tests/runs/record/test_untold.py::test_what_it_did_is_not_known",),
    },
    "incidents/pinning.py": {
        "…: …; so each set counts as pinned, and no rule of prune removes one": (
            "tests/cli/test_pin.py::test_no_rule_takes_what_a_damaged_incident_may_name",
        ),
    },
    "incidents/report/cost.py": {
        "…, nothing was written in what was compared": (
            "tests/incidents/reported/test_report.py"
            "::test_what_two_restores_cost_is_told_once_and_contradicts_nothing",
        ),
        "nothing in the data that was compared was written … the end of": (
            "tests/incidents/reported/test_report_of_runs.py"
            "::test_nothing_written_is_said_of_what_lay_there_and_not_of_what_was_lost_before",
        ),
        "; it is not known when it was lost or stopped": (
            "tests/incidents/reported/test_report_of_runs.py"
            "::test_runs_alone_tell_no_news_of_the_platform",
        ),
    },
    "incidents/report/page.py": {
        "how long services were down before, between": (
            "tests/incidents/reported/test_report_of_runs.py"
            "::test_runs_take_the_outage_from_their_incident",
        ),
        "these runs belong to no incident": (
            "tests/incidents/reported/test_report_of_runs.py"
            "::test_runs_take_the_outage_from_their_incident",
        ),
        "It is not known when exactly … served again": (
            "tests/incidents/downtime/test_seen_up.py"
            "::test_what_started_after_the_loss_came_back_then",
        ),
        "nothing is known to be lost": (
            "tests/incidents/reported/test_report.py::test_all_and_nothing_are_said_only_where_they_are_so",
        ),
        "nothing is known to have been down": (
            "tests/incidents/reported/test_report.py::test_all_and_nothing_are_said_only_where_they_are_so",
        ),
    },
    "incidents/report/remaining.py": {
        "No complete backup… was taken": (
            "tests/incidents/reported/test_report.py::test_what_remains_is_told_until_it_does_not",
            "tests/remedies/test_incidents.py"
            "::test_a_backup_of_another_role_is_none_of_what_was_lost",
        ),
        ": pryv-tui audit… --live --all": (
            "tests/incidents/reported/test_names.py"
            "::test_those_that_are_more_are_counted_and_asked_for_where_the_answer_is_the_same",
        ),
        "asked: nothing that could be checked lacks": (
            "tests/incidents/reported/test_report.py::test_all_and_nothing_are_said_only_where_they_are_so",
        ),
        "asked: nothing lacks its other half": (
            "tests/incidents/reported/test_report.py::test_all_and_nothing_are_said_only_where_they_are_so",
        ),
        "The newest whole set of … is …, of …": (
            "tests/incidents/reported/test_report.py"
            "::test_before_a_restore_it_is_told_what_the_newest_whole_set_would_cost",
        ),
        "checked since all": (
            "tests/incidents/test_order_of_times.py"
            "::test_an_undo_that_was_not_asked_after_leaves_nothing_proved",
        ),
    },
    "incidents/report/timeline.py": {
        "… is lost…, …": (
            "tests/claims/test_made_false.py"
            "::test_a_role_is_lost_only_where_somebody_or_something_tells_since_when",
        ),
        "All that was down serves again": (
            "tests/incidents/reported/test_report.py::test_all_and_nothing_are_said_only_where_they_are_so",
        ),
        "nothing lacks its": (
            "tests/claims/test_of_records.py"
            "::test_the_timeline_says_nothing_lacks_its_other_half_where_all_was_asked",
        ),
    },
    "incidents/words.py": {
        "nothing is known to be down": (
            "tests/incidents/reported/test_report.py::test_all_and_nothing_are_said_only_where_they_are_so",
        ),
        "… lost": (
            "tests/claims/test_made_false.py"
            "::test_a_role_is_lost_only_where_somebody_or_something_tells_since_when",
        ),
        " (… in all)": (
            "tests/incidents/reported/test_report_of_what_remains.py"
            "::test_each_role_is_down_by_its_own_gap_and_in_all_only_where_that_differs",
        ),
    },
    "platform/casualties.py": {
        "There is no command for this one": (
            "tests/platform/test_casualties.py"
            "::test_of_a_name_that_no_address_can_hold_it_is_said_that_there_is_no_command",
            "tests/platform/test_casualties.py::test_of_any_other_the_commands_are_told",
        ),
        "inside the set no account, attachment or series": (
            "tests/operations/audit/test_afterwards.py"
            "::test_a_gap_cost_nothing_only_where_all_of_it_was_counted",
        ),
        "inside the set no casualty was found in what was counted": (
            "tests/claims/test_of_records.py"
            "::test_no_casualty_is_in_what_was_counted_and_what_was_not_is_named",
        ),
    },
    "platform/gap.py": {
        "without its event: nothing came in while core was taken": (
            "tests/claims/test_made_false.py"
            "::test_no_account_is_lost_only_where_none_could_come_in",
        ),
        "No user account is lost between core and register": (
            "tests/claims/test_made_false.py"
            "::test_no_account_is_lost_only_where_none_could_come_in",
        ),
    },
    "practice/acts.py": {
        "Nothing fails on purpose any more": (
            "tests/claims/test_of_records.py::test_nothing_fails_on_purpose_after_all_was_cleared",
        ),
    },
    "practice/platform.py": {
        "on …: nothing new can be made": (
            "tests/claims/acting/test_of_acts.py"
            "::test_nothing_new_can_be_made_is_said_only_where_that_is_so",
        ),
        "has no container of …: nothing new can be made": (
            "tests/claims/acting/test_of_acts.py"
            "::test_nothing_new_can_be_made_is_said_only_where_that_is_so",
        ),
    },
    "runs/cancelling.py": {
        "Another cancel changes nothing": (
            "tests/claims/test_of_records.py"
            "::test_another_cancel_changes_nothing_is_said_on_the_way_back_alone",
        ),
    },
    "runs/half_done.py": {
        "… is empty: either nothing was there before, or somebody has emptied it since.": (
            "tests/journeys/restores/test_failed_again.py"
            "::test_where_both_ways_fail_a_third_one_leads_out",
            "tests/journeys/restores/test_failed_again.py"
            "::test_of_a_role_that_was_wiped_nothing_is_said_to_lie_aside",
        ),
        "Nothing is deleted, and no data is replaced": (
            "tests/claims/test_of_records.py"
            "::test_nothing_is_deleted_when_what_a_dead_run_left_is_put_back",
        ),
    },
    "runs/record/older.py": {
        "there is nothing to undo": (
            "tests/runs/test_words_decide_nothing.py::test_an_older_journal_is_judged_as_before",
        ),
    },
    "runs/start.py": {
        "Nothing was changed": (
            "tests/claims/test_of_records.py"
            "::test_nothing_was_changed_where_a_run_can_not_be_written_down",
        ),
    },
    "runs/worker/closing.py": {
        "… were compared, and nothing there was newer": (
            "tests/operations/comparing/test_newer.py"
            "::test_an_undo_says_that_nothing_was_newer_only_where_all_was_compared",
        ),
    },
    "runs/worker/guardian.py": {
        "nothing was held": (
            "tests/journeys/backups/test_gap.py::test_nothing_is_held_without_a_guardian",
        ),
    },
    "runs/worker/process.py": {
        "Nothing was changed.": (
            "tests/claims/test_of_records.py"
            "::test_nothing_was_changed_is_not_said_where_a_sandbox_was_cleared",
        ),
    },
    "vault/beside/pins.py": {
        "and nothing overwrites that file": (
            "tests/vault/beside/test_pins.py::test_what_can_not_be_read_counts_as_pinned",
        ),
    },
    "vault/guide/page.py": {
        "Move what is there aside. Nothing is deleted": (
            "tests/claims/test_of_records.py::test_what_is_moved_aside_by_hand_is_not_deleted",
        ),
        "nothing to restore.": (
            "tests/claims/test_of_records.py"
            "::test_the_guide_says_what_of_influxdb_there_is_to_restore",
        ),
    },
}
