"""Sentences about all and nothing by which people decide: in results, attention, recovery, and in
what is told before a restore. None of them is excused."""

HELD: dict[str, dict[str, tuple[str, ...]]] = {
    "incidents/report/timeline.py": {
        "… does not stay up: it was started again … by then": (
            "tests/incidents/downtime/test_loops.py"
            "::test_what_was_stopped_by_hand_is_not_said_to_be_started_again",
        ),
    },
    "operations/adopting/dumps.py": {
        "is a link: the set would hold that": (
            "tests/claims/deciding/test_of_reasons.py"
            "::test_that_a_set_would_hold_a_link_alone_is_said_of_one_on_the_way_to_a_store",
        ),
    },
    "operations/audit/afterwards.py": {
        "On a practice platform nothing answers": (
            "tests/journeys/audits/test_settled_on_practice.py"
            "::test_a_real_platform_is_not_told_of_practice",
        ),
    },
    "operations/comparing/alone.py": {
        "no look at the running platform told of them": (
            "tests/claims/acting/test_of_stores.py::test_no_look_told_of_them_is_said_only_where_none_did",
        ),
    },
    "operations/comparing/words.py": {
        "and begins with nothing": (
            "tests/claims/deciding/test_of_reasons.py"
            "::test_who_had_an_account_begins_with_nothing_where_neither_would_know_it",
        ),
    },
    "operations/containers/ending.py": {
        "its databases stop where there can be none": (
            "tests/claims/deciding/test_of_reasons.py"
            "::test_that_the_platform_writes_there_too_is_not_said_of_a_disk_for_dumps_alone",
        ),
    },
    "operations/guards/containers.py": {
        "none of the platform's: …": (
            "tests/claims/deciding/test_of_needs.py"
            "::test_that_one_may_write_into_a_database_is_said_of_what_can_and_runs",
        ),
        "none of the platform's, and may write": (
            "tests/claims/deciding/test_of_needs.py"
            "::test_that_one_may_write_into_a_database_is_said_of_what_can_and_runs",
        ),
        "Don't start …: … would": (
            "tests/claims/deciding/test_of_needs.py"
            "::test_that_databases_would_begin_with_nothing_is_said_of_those_without_a_file_of_a_lost_role",
        ),
    },
    "operations/guards/links.py": {
        "and no data of …": (
            "tests/claims/deciding/test_of_needs.py"
            "::test_that_a_set_would_hold_no_data_of_a_store_is_said_of_a_link_that_leads_out",
        ),
        "which no check of it follows": (
            "tests/claims/deciding/test_of_needs.py"
            "::test_that_a_set_would_hold_no_data_of_a_store_is_said_of_a_link_that_leads_out",
        ),
    },
    "operations/guards/place.py": {
        "of it once the rest of an earlier run is removed": (
            "tests/claims/deciding/test_of_needs.py"
            "::test_the_rest_of_an_earlier_run_is_reckoned_where_it_is_removed_first",
        ),
        "until the set is whole": (
            "tests/claims/deciding/test_of_needs.py"
            "::test_that_dumps_lie_on_the_vaults_disk_is_said_where_they_do",
            "tests/claims/deciding/test_of_needs.py::test_dumps_are_given_back_when_the_set_is_whole",
        ),
    },
    "operations/guards/redis.py": {
        "is lost when it is killed": (
            "tests/claims/deciding/test_of_needs.py"
            "::test_that_what_is_newer_than_a_snapshot_is_lost_is_said_where_there_is_nothing_else",
        ),
    },
    "operations/guards/restore.py": {
        "to bring them up": (
            "tests/claims/deciding/test_of_needs.py"
            "::test_that_nothing_brings_containers_up_is_said_where_one_is_missing_that_ran",
        ),
    },
    "operations/kinds/backup.py": {
        "Only to free the room": (
            "tests/runs/record/test_partial_left.py::test_what_was_copied_is_to_be_kept",
            "tests/runs/record/test_partial_left.py"
            "::test_nobody_is_told_to_keep_what_holds_nothing",
        ),
    },
    "operations/overview/attention.py": {
        "they would begin with nothing": (
            "tests/claims/deciding/test_of_needs.py"
            "::test_that_they_would_begin_with_nothing_is_not_said_where_a_database_has_its_files",
        ),
    },
    "operations/steps/taking/copy_ahead.py": {
        "holds no file of Redis": (
            "tests/claims/acting/test_of_stores.py"
            "::test_what_is_copied_ahead_holds_no_file_of_redis_only_where_there_is_none",
        ),
    },
    "operations/stores/redis.py": {
        "the set holds no file of Redis": (
            "tests/claims/acting/test_of_stores.py"
            "::test_a_set_holds_no_file_of_redis_only_where_there_is_none",
        ),
        "its files in the set have none": (
            "tests/claims/acting/test_of_stores.py"
            "::test_the_files_in_a_set_have_none_only_where_register_had_some",
        ),
    },
    "runs/costs.py": {
        "none was found in what was compared": (
            "tests/runs/costs/test_costs.py::test_how_much_is_newer_is_counted_and_unknown_is_not_none",
        ),
        "Nothing is deleted; what is newer than the set": (
            "tests/claims/test_of_records.py"
            "::test_nothing_is_deleted_by_what_puts_back_the_former_content",
        ),
        "Nothing is deleted; what was written after": (
            "tests/runs/costs/test_costs.py::test_of_an_undo_that_stopped_it_is_told_what_goes_aside",
        ),
        "Nothing is deleted.": (
            "tests/runs/costs/test_costs.py::test_what_is_gone_again_is_not_said_to_be_there_again",
        ),
    },
    "tui/flows/audit.py": {
        "nothing is changed by that": (
            "tests/claims/acting/test_of_recover.py"
            "::test_that_an_audit_changes_nothing_is_said_while_it_asks_and_is_so",
        ),
    },
}
