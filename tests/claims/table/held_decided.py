"""Sentences about all and nothing by which people decide: in results, attention, recovery, and in
what is told before a restore. None of them is excused."""

HELD: dict[str, dict[str, tuple[str, ...]]] = {
    "incidents/report/timeline.py": {
        "… does not stay up: it was started again … by then": (
            "tests/incidents/downtime/test_loops.py"
            "::test_what_was_stopped_by_hand_is_not_said_to_be_started_again",
        ),
    },
    "operations/audit/afterwards.py": {
        "On a practice platform nothing answers": (
            "tests/journeys/audits/test_settled_on_practice.py"
            "::test_a_real_platform_is_not_told_of_practice",
        ),
    },
    "operations/comparing/alone.py": {
        "no look at the running platform has listed them": (
            "tests/claims/acting/test_of_stores.py::test_no_look_told_of_them_is_said_only_where_none_did",
        ),
    },
    "operations/comparing/words.py": {
        "but start with no data": (
            "tests/claims/deciding/test_of_reasons.py"
            "::test_who_had_an_account_begins_with_nothing_where_neither_would_know_it",
        ),
    },
    "operations/emptied/told.py": {
        "held none of the data of … when its server was last asked": (
            "tests/operations/emptied/test_told_once.py"
            "::test_it_ends_where_the_store_holds_something_again",
        ),
    },
    "operations/guards/containers.py": {
        "Don't start …: … would": (
            "tests/claims/deciding/test_of_needs.py"
            "::test_that_databases_would_begin_with_nothing_is_said_of_those_without_a_file_of_a_lost_role",
        ),
        "Back up the other roles: pryv-tui backup": (
            "tests/operations/lost/test_accepted_everywhere.py"
            "::test_the_other_roles_are_backed_up_alone_where_its_stores_do_not_run",
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
        "Bring up the set's release first": (
            "tests/claims/acting/test_of_ways_out.py"
            "::test_data_of_one_release_is_not_for_the_other_where_both_are_known_and_of_two_lines",
        ),
        "to bring them up": (
            "tests/claims/deciding/test_of_needs.py"
            "::test_that_nothing_brings_containers_up_is_said_where_one_is_missing_that_ran",
        ),
    },
    "operations/kinds/backup.py": {
        "Only to free space": (
            "tests/runs/record/test_partial_left.py::test_what_was_copied_is_to_be_kept",
            "tests/runs/record/test_partial_left.py"
            "::test_nobody_is_told_to_keep_what_holds_nothing",
        ),
    },
    "operations/overview/attention.py": {
        "would start with no data. Restore": (
            "tests/claims/deciding/test_of_needs.py"
            "::test_that_they_would_begin_with_nothing_is_not_said_where_a_database_has_its_files",
        ),
        "they would start with no data": (
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
        "none was found in the data that was compared": (
            "tests/runs/costs/test_costs.py::test_how_much_is_newer_is_counted_and_unknown_is_not_none",
        ),
        "Nothing is deleted; data newer than the set comes back": (
            "tests/claims/test_of_records.py"
            "::test_nothing_is_deleted_by_what_puts_back_the_former_content",
        ),
        "Nothing is deleted; data newer than the set is moved aside": (
            "tests/runs/costs/test_undo_costs.py"
            "::test_how_long_the_last_one_took_is_how_long_this_one_is_down",
        ),
        "Nothing is deleted; data written after": (
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
    "operations/acceptance.py": {
        "Nothing is accepted here now.": (
            "tests/claims/acting/test_of_ways_out.py"
            "::test_nothing_counts_as_accepted_is_said_where_nothing_does_and_what_was_not_read_is_named",
        ),
    },
    "operations/commands.py": {
        "It writes into no dump folder": (
            "tests/claims/acting/test_of_programs.py"
            "::test_what_only_reads_is_not_waited_for_and_what_writes_ends_with_a_container_that_works",
        ),
    },
    "operations/guards/compose.py": {
        "Bring these containers up first": (
            "tests/claims/acting/test_of_ways_out.py"
            "::test_who_brings_a_container_up_is_said_where_the_restore_does_not",
        ),
    },
    "operations/kinds/drill.py": {
        "It had stopped nothing of the platform.": (
            "tests/claims/acting/test_of_kinds.py"
            "::test_that_it_held_nothing_of_the_platform_is_said_of_kinds_that_hold_none",
        ),
    },
    "operations/lost/words.py": {
        "on purpose, nothing has to be done": (
            "tests/claims/acting/test_of_ways_out.py"
            "::test_nothing_has_to_be_done_is_said_of_what_becomes_a_note_by_itself_or_is_one",
        ),
        "If that is intended, nothing has to be done": (
            "tests/claims/acting/test_of_ways_out.py"
            "::test_nothing_has_to_be_done_is_said_of_what_becomes_a_note_by_itself_or_is_one",
        ),
    },
    "operations/plans/container.py": {
        "To see which containers the platform has": (
            "tests/claims/acting/test_of_commands.py"
            "::test_those_of_the_platform_that_there_are_are_shown_by_status",
        ),
    },
    "operations/plans/release.py": {
        "no root is found there now": (
            "tests/claims/acting/test_of_acts.py"
            "::test_what_lies_aside_is_not_said_to_be_gone_while_its_root_is_away",
        ),
        "That run has nothing to release": (
            "tests/claims/acting/test_of_ways_out.py"
            "::test_nothing_is_to_be_released_where_all_was_looked_for_and_none_is_there",
            "tests/claims/acting/test_of_acts.py"
            "::test_what_lies_aside_is_not_said_to_be_gone_while_its_root_is_away",
        ),
    },
    "operations/plans/verify.py": {
        "It is not a complete set": (
            "tests/claims/acting/test_of_ways_out.py"
            "::test_it_is_no_complete_set_is_said_of_one_that_was_broken_off",
        ),
    },
    "operations/root/stopped.py": {
        "No path here leads to the folder": (
            "tests/claims/acting/test_of_ways_out.py"
            "::test_what_is_in_no_other_file_is_said_of_data_to_which_no_path_leads",
        ),
    },
    "operations/sets/missing_roles.py": {
        "all of it": (
            "tests/operations/sets/test_way_back.py"
            "::test_where_no_set_holds_all_the_newest_is_named_as_that",
            "tests/operations/sets/test_way_back.py::test_the_newest_set_that_holds_all_is_named",
        ),
    },
    "operations/sets/no_set.py": {
        "and a backup taken now would": (
            "tests/claims/acting/test_of_ways_out.py"
            "::test_a_role_is_lost_is_said_where_no_machine_can_have_it",
        ),
    },
    "operations/sets/verify.py": {
        "It is not a complete set": (
            "tests/claims/acting/test_of_ways_out.py"
            "::test_it_is_no_complete_set_is_said_of_one_that_was_broken_off",
        ),
    },
    "operations/steps/bringing_back/release_aside.py": {
        "Nothing of it was removed. See": (
            "tests/claims/acting/test_of_broken_steps.py"
            "::test_of_a_folder_that_is_none_of_ours_nothing_is_removed_whatever_was_before",
        ),
    },
    "operations/steps/taking/copy_root.py": {
        "every file is copied": (
            "tests/claims/acting/test_of_broken_steps.py"
            "::test_everything_is_copied_is_said_where_nothing_else_is_linked_to",
        ),
        "no file is linked to the set": (
            "tests/claims/acting/test_of_broken_steps.py"
            "::test_everything_is_copied_is_said_where_nothing_else_is_linked_to",
        ),
    },
    "operations/stores/mongo_words.py": {
        "If it had accounts, restore a set": (
            "tests/claims/acting/test_of_ways_out.py"
            "::test_there_is_none_to_back_up_is_asked_of_a_database_that_holds_no_collection",
        ),
    },
    "runs/accepting.py": {
        "Nothing can be accepted now": (
            "tests/claims/acting/test_of_ways_out.py"
            "::test_nothing_can_be_accepted_is_said_where_no_warning_is_shown",
        ),
    },
    "runs/start.py": {
        "In that run there is nothing to cancel": (
            "tests/claims/acting/test_of_ways_out.py"
            "::test_nothing_is_to_be_cancelled_of_a_run_that_is_over",
        ),
    },
}
