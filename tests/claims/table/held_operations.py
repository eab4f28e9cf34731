"""Sentences of operations from advice to plans, and the tests that notice."""

_MEANT_ALONE = (
    "tests/operations/comparing/test_meant.py::test_where_nothing_is_left_the_domain_alone_tells",
)

HELD: dict[str, dict[str, tuple[str, ...]]] = {
    "operations/acceptance.py": {
        "nothing called … is accepted here": (
            "tests/remedies/test_spelling.py"
            "::test_what_was_accepted_is_named_to_whoever_withdraws_another",
        ),
    },
    "operations/adopting/dumps.py": {
        "; nothing was changed": (
            "tests/operations/adopting/test_adopting.py::TestRefused::test_folders_of_no_role",
            "tests/operations/adopting/test_adopting.py"
            "::test_nothing_was_changed_is_not_said_once_something_was_copied",
        ),
    },
    "operations/advice.py": {
        "Nothing is advised": (
            "tests/operations/test_advice.py::test_nothing_is_advised_where_no_way_is_possible_alone",
        ),
        "Nothing changes.": (
            "tests/operations/test_advice.py::test_each_command_is_whole_and_the_loss_is_named",
        ),
        "Nothing that it had stopped is down now": (
            "tests/operations/test_advice.py::test_what_is_down_and_since_when",
        ),
    },
    "operations/audit/afterwards.py": {
        "nothing lacks its": (
            "tests/operations/audit/test_afterwards.py"
            "::test_what_could_not_be_asked_is_not_known_and_never_nothing",
        ),
    },
    "operations/audit/from_set.py": {
        "was found:": (
            "tests/claims/test_made_false.py::test_no_casualty_is_said_of_what_was_checked",
        ),
        "nothing could be checked, so it is not known what": (
            "tests/claims/test_made_false.py::test_no_casualty_is_said_of_what_was_checked",
        ),
        "no casualty was found in what was checked": (
            "tests/claims/test_made_false.py::test_no_casualty_is_said_of_what_was_checked",
        ),
    },
    "operations/audit/live_words.py": {
        "Nothing could be checked.": (
            "tests/claims/test_made_false.py"
            "::test_nothing_remains_is_said_only_where_all_was_checked",
        ),
        "Nothing remains of what could be checked.": (
            "tests/claims/test_made_false.py"
            "::test_nothing_remains_is_said_only_where_all_was_checked",
        ),
        "Nothing remains.": (
            "tests/claims/test_made_false.py"
            "::test_nothing_remains_is_said_only_where_all_was_checked",
        ),
    },
    "operations/audit/whose.py": {
        "the set holds core of …, here is core of …, and no register tells": (
            "tests/operations/audit/test_whose.py"
            "::test_accounts_of_one_core_are_not_looked_for_on_another_where_no_register_tells_of_all",
        ),
        "none of the set's": (
            "tests/operations/audit/test_whose.py"
            "::test_a_platform_that_lost_accounts_is_still_the_same",
        ),
    },
    "operations/comparing/model.py": {
        "but has none of its …; the set holds": (
            "tests/operations/comparing/test_comparing.py"
            "::test_a_role_that_answers_and_holds_nothing_is_damaged",
        ),
    },
    "operations/comparing/meant.py": {
        "no domain is configured here": _MEANT_ALONE,
        "nothing of a platform is found here": _MEANT_ALONE,
        "holds no complete set of this platform": (
            "tests/operations/comparing/test_meant.py"
            "::test_where_all_sets_are_of_others_latest_is_none_of_them",
        ),
    },
    "operations/comparing/newer_words.py": {
        "nothing newer was found among: …": (
            "tests/operations/comparing/test_newer.py"
            "::test_nothing_was_newer_only_where_all_was_compared",
            "tests/operations/comparing/test_newer.py"
            "::test_a_store_that_was_not_compared_or_has_more_is_not_nothing",
        ),
    },
    "operations/comparing/theirs.py": {
        "only newer sets were looked at": (
            "tests/operations/comparing/test_theirs.py"
            "::test_what_was_not_looked_at_is_counted_and_no_part_of_what_was",
        ),
        "for nothing here": (
            "tests/operations/comparing/test_theirs.py"
            "::test_a_foreign_set_counts_for_nothing_and_an_own_one_is_not_said_to",
        ),
    },
    "operations/comparing/words.py": {
        "would be stranded, left open to others, or gone.": (
            "tests/operations/comparing/test_comparing.py"
            "::test_what_core_alone_had_is_gone_with_it_and_named_as_the_last_look_knew_it",
            "tests/journeys/restores/test_other_cores.py::test_both_cores_lost_at_once",
        ),
        "gone, and none": (
            "tests/operations/comparing/test_comparing.py"
            "::test_what_core_alone_had_is_gone_with_it_and_named_as_the_last_look_knew_it",
        ),
        "No account is known to be gone": (
            "tests/operations/comparing/test_comparing.py"
            "::test_none_of_what_could_be_asked_is_not_said_to_be_none",
        ),
    },
    "operations/guards/backup.py": {
        "there is nothing to back up": (
            "tests/claims/test_of_guards.py"
            "::test_nothing_to_back_up_is_said_only_where_every_engine_was_asked",
        ),
    },
    "operations/guards/busy.py": {
        "no other run that needs the platform for itself": (
            "tests/claims/test_of_platforms.py"
            "::test_what_else_may_begin_while_a_run_holds_the_platform",
        ),
    },
    "operations/guards/compose.py": {
        "its services could not be brought up after": (
            "tests/operations/root/test_compose_files.py"
            "::test_what_keeps_it_from_being_brought_up_is_said",
        ),
    },
    "operations/guards/containers.py": {
        "is not running: no request comes in through it": (
            "tests/claims/test_of_guards.py"
            "::test_nothing_comes_in_is_not_said_of_what_runs_or_is_not_known",
        ),
    },
    "operations/guards/disks.py": {
        "according to /etc/fstab": (
            "tests/claims/test_of_guards.py"
            "::test_nothing_is_mounted_there_is_not_said_of_a_disk_that_another_mount_hides",
        ),
        "and nothing is mounted there now": (
            "tests/claims/test_of_guards.py"
            "::test_nothing_is_mounted_there_is_not_said_of_a_disk_that_another_mount_hides",
        ),
    },
    "operations/guards/doctor.py": {
        "up": ("tests/claims/test_of_guards.py::test_of_a_role_that_is_up_nothing_is_to_be_done",),
    },
    "operations/guards/host.py": {
        "and nothing is there": (
            "tests/claims/test_of_guards.py"
            "::test_a_link_leads_to_nothing_is_not_said_where_something_is",
        ),
    },
    "operations/guards/restore.py": {
        "and nothing is there": (
            "tests/claims/test_of_guards.py"
            "::test_a_link_leads_to_nothing_is_not_said_where_something_is",
        ),
        "and none of": (
            "tests/claims/test_of_guards.py::test_what_a_root_holds_that_is_restored_into",
        ),
        "nothing there has to be moved aside": (
            "tests/claims/test_of_guards.py::test_what_a_root_holds_that_is_restored_into",
            "tests/claims/test_of_guards.py"
            "::test_a_fresh_disk_holds_nothing_that_would_be_moved_aside",
        ),
    },
    "operations/kind.py": {
        "it left nothing that has to be put back": (
            "tests/remedies/runs/test_going_on.py::test_what_a_dead_run_left_is_recovered",
        ),
        " Nothing was changed.": (
            "tests/claims/test_made_false.py::test_nothing_was_changed_is_not_said_after_a_change",
        ),
    },
    "operations/kinds/backup.py": {
        "nothing is restored from it": (
            "tests/claims/acting/test_of_kinds.py"
            "::test_nothing_is_restored_from_it_is_said_of_a_partial_set_alone",
        ),
        "It holds nothing useful": (
            "tests/runs/record/test_partial_left.py::test_nobody_is_told_to_keep_what_holds_nothing",
            "tests/runs/record/test_partial_left.py::test_what_was_copied_is_to_be_kept",
        ),
        "holds nothing yet that a later backup could use": (
            "tests/runs/record/test_partial_left.py::test_nobody_is_told_to_keep_what_holds_nothing",
        ),
    },
    "operations/kinds/restore.py": {
        "Nothing was replaced yet: everything stays": (
            "tests/claims/test_made_false.py"
            "::test_nothing_was_replaced_yet_is_not_said_once_a_root_was_changed",
        ),
    },
    "operations/kinds/undo.py": {
        "Nothing was put back yet": (
            "tests/claims/test_made_false.py"
            "::test_nothing_was_replaced_yet_is_not_said_once_a_root_was_changed",
        ),
    },
    "operations/kinds/verify.py": {
        "It had stopped nothing of the platform and changed no file": (
            "tests/claims/acting/test_of_kinds.py"
            "::test_that_it_held_nothing_of_the_platform_is_said_of_kinds_that_hold_none",
        ),
        "No file of the set is changed": (
            "tests/journeys/backups/test_verify_run.py::test_a_cancelled_one_keeps_nothing",
        ),
    },
    "operations/overview/attention.py": {
        "containers of … is running": (
            "tests/claims/test_made_false.py"
            "::test_none_of_a_roles_containers_runs_is_not_said_where_one_does",
        ),
    },
    "operations/overview/backup_words.py": {
        "was refused …, and none was taken": (
            "tests/claims/test_of_words.py"
            "::test_that_no_backup_was_taken_is_said_where_one_was_refused",
        ),
        "none yet": (
            "tests/claims/test_made_false.py::test_none_yet_is_not_said_of_a_vault_in_doubt",
        ),
        "none of this platform; ": (
            "tests/operations/comparing/test_theirs.py"
            "::test_a_foreign_set_counts_for_nothing_and_an_own_one_is_not_said_to",
        ),
    },
    "operations/overview/serving.py": {
        "up": ("tests/operations/overview/test_serving.py::test_up_is_what_runs_and_answers",),
    },
    "operations/overview/serving_words.py": {
        "up": (
            "tests/claims/test_of_words.py::test_a_role_is_up_where_it_is_found_to_be_that_alone",
        ),
        "up in part": (
            "tests/operations/overview/test_serving.py::test_a_part_that_does_not_run_is_a_part",
        ),
    },
    "operations/plan.py": {
        "there is nothing to undo": (
            "tests/runs/test_words_decide_nothing.py"
            "::test_a_step_says_nothing_of_undoing_only_where_there_is_nothing",
        ),
    },
    "operations/plans/backup.py": {
        "then all requests are let in again": (
            "tests/claims/test_of_platforms.py"
            "::test_no_more_is_said_of_users_than_that_no_service_of_theirs_stops",
        ),
        "Nothing of the platform is deleted": (
            "tests/claims/test_of_platforms.py"
            "::test_nothing_is_deleted_is_not_said_where_the_rest_of_a_backup_is_removed",
        ),
        "Nobody can sign up …": (
            "tests/claims/test_of_platforms.py"
            "::test_no_more_is_said_of_users_than_that_no_service_of_theirs_stops",
        ),
    },
    "operations/plans/container.py": {
        "there is nothing in its data folder": (
            "tests/claims/acting/test_of_acts.py"
            "::test_that_a_database_begins_with_nothing_is_said_where_its_files_are_not_there",
        ),
        "only if its data can be saved before it is stopped": (
            "tests/claims/test_of_plans.py"
            "::test_what_is_up_again_after_a_restart_is_told_to_lack_its_files",
        ),
    },
    "operations/plans/files.py": {
        "in the set … no file matches": (
            "tests/tui/screens/test_interface_sets.py::test_files_come_back_beside_what_is_there",
        ),
        "existing file is touched, and nothing is stopped": (
            "tests/tui/screens/test_interface_sets.py::test_files_come_back_beside_what_is_there",
            "tests/operations/steps/test_bring.py"
            "::test_what_a_killed_run_left_below_a_root_goes_with_the_next_one",
        ),
    },
    "operations/plans/prune.py": {
        "The sets that are kept lose nothing": (
            "tests/claims/acting/test_of_acts.py"
            "::test_the_sets_that_are_kept_lose_nothing_and_are_not_called_whole",
        ),
    },
    "operations/plans/recover.py": {
        "nothing is deleted": (
            "tests/claims/test_of_words.py"
            "::test_a_recovery_deletes_nothing_and_says_so_and_a_release_does_not",
        ),
    },
    "operations/plans/release.py": {
        "it moved nothing aside": (
            "tests/claims/acting/test_of_acts.py"
            "::test_that_a_run_moved_nothing_aside_is_said_of_none_that_did",
        ),
        "nothing that the run … moved aside is there any more": (
            "tests/cli/test_release.py::test_a_result_and_the_status_say_the_same_of_it",
            "tests/claims/acting/test_of_acts.py"
            "::test_that_a_run_moved_nothing_aside_is_said_of_none_that_did",
        ),
    },
    "operations/plans/undo.py": {
        "it moved nothing aside": (
            "tests/claims/test_of_words.py"
            "::test_that_a_run_moved_or_put_back_nothing_is_not_said_of_one_that_can_not_be_read",
        ),
        "it put nothing back": (
            "tests/claims/test_of_words.py"
            "::test_that_a_run_moved_or_put_back_nothing_is_not_said_of_one_that_can_not_be_read",
        ),
        "nothing that it moved aside is known": (
            "tests/claims/test_of_words.py"
            "::test_that_a_run_moved_or_put_back_nothing_is_not_said_of_one_that_can_not_be_read",
        ),
        "moved nothing aside: there is nothing to undo": (
            "tests/operations/plans/test_plan_of_undo.py"
            "::TestUndo::test_a_run_that_moved_nothing_is_refused",
        ),
        "it was not a restore (…), and moved nothing aside": (
            "tests/claims/acting/test_of_acts.py"
            "::test_that_a_run_moved_nothing_aside_is_said_of_none_that_did",
        ),
    },
    "operations/emptied/asked.py": {
        "was emptied or created again, and holds none of the data of": (
            "tests/operations/emptied/test_emptied.py"
            "::test_what_made_itself_anew_is_asked_before_it_is_said_to_hold_nothing",
        ),
        "has its files, and its server holds none of the data of": (
            "tests/operations/emptied/test_emptied_while_it_runs.py"
            "::test_one_account_of_many_is_no_empty_store",
            "tests/operations/emptied/test_emptied_while_it_runs.py"
            "::test_one_collection_of_many_is_no_empty_store",
        ),
    },
    "operations/emptied/files.py": {
        "has none of the databases that": (
            "tests/operations/emptied/test_emptied.py"
            "::test_none_of_the_databases_is_not_said_where_one_of_them_is_there",
        ),
    },
}
