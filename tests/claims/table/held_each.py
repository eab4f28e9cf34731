"""Sentences about each one, every one and none, and the tests that notice."""

HELD: dict[str, dict[str, tuple[str, ...]]] = {
    "cli/look.py": {
        "it never began": (
            "tests/runs/record/test_untold.py::test_what_it_did_is_not_known",
            "tests/runs/record/test_untold.py::test_of_one_that_never_began_one_thing_is_said",
        ),
        "none of …": (
            "tests/journeys/names/test_renamed_platform.py::test_the_sets_of_the_former_domain_are_told",
        ),
    },
    "incidents/acts.py": {
        "no incident of this platform is open": (
            "tests/incidents/test_files.py"
            "::test_a_second_platform_of_the_same_state_folder_has_its_own",
        ),
    },
    "incidents/parts.py": {
        ", but not on every machine": (
            "tests/claims/test_of_losses.py::test_not_on_every_machine_is_said_of_a_part_alone",
        ),
    },
    "incidents/report/remaining.py": {
        ", unless a later set holds it": (
            "tests/incidents/reported/test_report_of_what_remains.py"
            "::test_what_an_undo_set_aside_is_lost_whichever_restore_stands",
        ),
        "Unless that was settled since, no other role": (
            "tests/claims/test_of_losses.py"
            "::test_no_other_role_tells_of_them_is_said_of_accounts_that_core_alone_had",
        ),
        "Not known yet: no restore is in place. What is newer": (
            "tests/claims/test_of_losses.py::test_no_restore_stands_is_said_only_where_none_does",
        ),
    },
    "operations/advice.py": {
        "no journal here mentions it": (
            "tests/claims/each/test_of_each_run.py::test_no_journal_here_tells_of_a_half_way_root_is_said_where_none_is_there",
            "tests/claims/test_of_losses.py::test_no_journal_tells_is_said_only_where_none_does",
        ),
        "is not known: no engine answers there.": (
            "tests/claims/test_of_losses.py"
            "::test_no_engine_answers_is_said_of_machines_whose_engine_does_not",
        ),
    },
    "operations/comparing/words.py": {
        "No name is known to be stranded (": (
            "tests/operations/comparing/test_comparing.py"
            "::test_names_whose_documents_are_not_known_count_for_neither_side",
        ),
        "No name is known that would look free (": (
            "tests/claims/test_of_losses.py"
            "::test_no_name_is_known_that_would_look_free_is_said_of_none_that_is_not_certain",
        ),
    },
    "operations/guards/backup.py": {
        "is not known, since no engine answers there": (
            "tests/claims/test_of_guards.py"
            "::test_nothing_to_back_up_is_said_only_where_every_engine_was_asked",
        ),
    },
    "operations/guards/containers.py": {
        "no other container has the root, or a part of it,": (
            "tests/claims/each/test_of_each.py"
            "::test_no_other_has_the_root_mounted_is_not_said_where_one_has_it_that_does_not_run",
        ),
    },
    "operations/guards/drill.py": {
        ", each image is here": (
            "tests/claims/each/test_of_each_guard.py::test_each_image_is_here_is_said_where_none_lacks",
        ),
        "no other run is using the platform": (
            "tests/claims/each/test_of_each.py"
            "::test_no_other_run_holds_the_platform_is_not_said_while_one_does",
        ),
    },
    "operations/guards/host.py": {
        "no dump of an earlier run is still running in a container": (
            "tests/claims/each/test_of_each_guard.py"
            "::test_no_dump_is_left_is_not_said_where_one_waits_in_a_paused_container",
        ),
        "every folder that is mounted into the containers": (
            "tests/claims/test_of_platforms.py"
            "::test_all_is_not_said_of_what_containers_keep_within_themselves",
        ),
        "no restore was left half-done": (
            "tests/claims/each/test_of_each.py"
            "::test_no_restore_was_left_is_said_of_a_root_that_was_looked_at",
        ),
    },
    "operations/kinds/verify.py": {
        "No file of the set was changed.": (
            "tests/journeys/backups/test_verify_run.py::test_a_cancelled_one_keeps_nothing",
        ),
    },
    "operations/overview/backup_words.py": {
        "never began": (
            "tests/claims/test_of_losses.py"
            "::test_never_began_is_the_state_of_a_try_that_never_began_alone",
        ),
        "made no set.": (
            "tests/claims/each/test_of_each.py"
            "::test_that_the_last_made_no_set_is_said_of_more_than_one_and_never_began_of_one_that_did_not",
        ),
        ", and there is no set": (
            "tests/claims/each/test_of_each.py"
            "::test_there_is_no_set_is_said_of_an_overdue_backup_where_there_is_none",
        ),
        "; no attempt since then is known.": (
            "tests/claims/each/test_of_each.py::test_no_try_is_known_is_not_said_where_one_is",
        ),
        "The last backup was requested": (
            "tests/claims/each/test_of_each.py"
            "::test_that_the_last_made_no_set_is_said_of_more_than_one_and_never_began_of_one_that_did_not",
        ),
    },
    "operations/lost/here.py": {
        "the containers are here, but no file of its own (except logs and databases) is in …": (
            "tests/operations/lost/test_told.py"
            "::test_no_file_of_its_own_is_said_where_there_is_none_and_of_databases_what_is_so",
        ),
        "; nothing of it is found now": (
            "tests/operations/lost/test_lost.py"
            "::test_nothing_of_it_is_found_is_not_said_of_what_is_here_or_was_never_seen",
        ),
    },
    "operations/lost/words.py": {
        ": not here, and in no backup for more than": (
            "tests/claims/test_of_losses.py"
            "::test_in_no_backup_for_long_is_said_of_a_role_that_was_moved_away",
        ),
    },
    "operations/overview/folders.py": {
        "no container": (
            "tests/claims/test_of_losses.py::test_no_container_is_said_of_a_store_that_has_none",
        ),
    },
    "operations/overview/no_set.py": {
        "of which no file is found here: whether this platform had": (
            "tests/operations/comparing/test_theirs.py"
            "::test_a_role_that_is_not_here_and_that_only_others_sets_hold_is_said_to_be_not_known",
        ),
        "No set of the vault can be restored here:": (
            "tests/operations/overview/test_serving.py"
            "::test_a_vault_with_damaged_sets_alone_is_not_told_to_be_empty",
        ),
        "No role of a Pryv.io platform was found here, and": (
            "tests/claims/test_of_losses.py"
            "::test_no_role_and_no_set_is_said_where_nothing_is_here_and_the_vault_is_empty",
        ),
    },
    "operations/overview/serving_words.py": {
        "was never started": (
            "tests/claims/test_of_losses.py::test_was_never_started_is_said_of_what_was_made_alone",
        ),
    },
    "operations/plans/backup.py": {
        ": nginx is stopped on every core and register": (
            "tests/tui/screens/test_interface_backup.py::test_a_hold_is_chosen_said_and_carried_out",
        ),
        "no service that users need is stopped or held": (
            "tests/claims/test_of_platforms.py"
            "::test_no_more_is_said_of_users_than_that_no_service_of_theirs_stops",
        ),
    },
    "operations/plans/verify.py": {
        "The running platform is not touched. The set is": (
            "tests/journeys/backups/test_verify_run.py"
            "::test_it_prints_what_it_always_has_and_is_listed_and_followed",
        ),
    },
    "operations/root/kept.py": {
        "data written after the restore may exist only": (
            "tests/claims/test_of_platforms.py"
            "::test_only_here_is_not_said_surely_of_what_a_set_may_hold",
        ),
    },
    "operations/sets/known_good.py": {
        "it was never verified in full here": (
            "tests/operations/sets/test_known_good.py::test_what_does_not_count",
        ),
    },
    "operations/sets/missing_roles.py": {
        "No role of a Pryv.io platform is found here, and": (
            "tests/claims/test_of_losses.py"
            "::test_no_role_is_found_is_said_only_where_sets_hold_what_is_not_here",
        ),
        "No backup set of this platform in this vault": (
            "tests/operations/lost/test_lost.py"
            "::test_that_no_set_holds_it_is_said_where_none_does_and_the_vault_was_read",
        ),
    },
    "operations/sets/parent.py": {
        "Every file is copied: there is no set here": (
            "tests/claims/each/test_of_each_check.py"
            "::test_no_set_to_link_to_is_not_said_where_there_is_one",
        ),
        "Every file is copied (--full).": (
            "tests/operations/guards/test_bases.py"
            "::TestPlan::test_paranoid_compares_and_full_links_nothing",
        ),
    },
    "operations/steps/bringing_back/ask_newer.py": {
        "no other usable set holds it (": (
            "tests/claims/each/test_of_each_run.py"
            "::test_no_other_set_holds_it_is_not_said_where_one_made_before_the_restore_does",
        ),
        "no set of the vault holds it: it exists only in": (
            "tests/claims/test_of_platforms.py"
            "::test_a_set_that_is_none_of_the_platforms_is_not_said_to_hold_it",
        ),
    },
    "operations/steps/bringing_back/bring_files.py": {
        "of the existing files, only remains of earlier runs": (
            "tests/operations/steps/test_bring.py"
            "::test_that_nothing_was_touched_is_not_said_where_a_rest_was_removed",
        ),
        ", each hash as in the set": (
            "tests/claims/acting/test_of_refusals.py::test_files_touch_nothing_that_is_there",
        ),
    },
    "operations/steps/bringing_back/copy_back.py": {
        "copied back, each hash as in the set": (
            "tests/journeys/restores/test_verify_while_copying.py::test_a_set_that_is_read_once",
        ),
    },
    "operations/steps/sets/verify_set.py": {
        ", every hash and every dump": (
            "tests/operations/overview/test_part_and_whole.py"
            "::test_a_set_of_which_one_machine_was_read",
        ),
    },
    "operations/stores/influxdb.py": {
        "with points,": (
            "tests/operations/plans/test_restore_offline.py"
            "::test_put_in_place_the_server_is_only_asked",
        ),
    },
    "operations/stores/redis_places.py": {
        "Redis keeps its files in": (
            "tests/operations/stores/test_redis_ways_out.py::test_a_data_folder_outside_every_mount",
        ),
    },
    "operations/stores/redis_words.py": {
        "not each of those known could be tried:": (
            "tests/operations/stores/test_redis_words.py"
            "::test_a_password_that_could_not_be_tried_is_not_said_to_be_wrong",
        ),
    },
    "platform/gap.py": {
        "was run from here yet)": (
            "tests/claims/each/test_of_each.py"
            "::test_no_backup_was_run_from_here_is_not_said_where_one_of_other_roles_was",
        ),
    },
    "tui/text/container.py": {
        "Elsewhere, in no backup": (
            "tests/claims/each/test_of_each.py"
            "::test_in_no_backup_is_said_of_what_lies_outside_the_root_alone",
        ),
        "Volumes of Docker, in no backup": (
            "tests/claims/each/test_of_each.py"
            "::test_in_no_backup_is_said_of_what_lies_outside_the_root_alone",
        ),
    },
    "tui/text/incidents.py": {
        "no run": (
            "tests/claims/test_of_losses.py::test_no_run_is_said_of_an_incident_that_has_none",
        ),
    },
    "tui/text/overview.py": {
        "never restored from here": (
            "tests/tui/screens/lost/test_overview_lost.py::test_it_is_said_what_speaks_for_a_restore",
        ),
    },
    "tui/text/sets.py": {
        "No rule takes it:": (
            "tests/tui/screens/test_interface_sets.py::test_a_sample_is_another_part_each_time_and_kept",
        ),
    },
    "operations/acts.py": {
        "No restore takes a set of … while": (
            "tests/journeys/names/test_renamed_platform.py::test_a_loss_is_told_and_what_is_advised_brings_it_back",
        ),
    },
    "tui/text/standing.py": {
        "no set of this platform": (
            "tests/journeys/names/test_renamed_platform.py::test_the_overview_says_whose_the_sets_are",
        ),
        "no container of a Pryv.io platform": (
            "tests/claims/test_of_losses.py"
            "::test_no_container_of_a_platform_is_said_only_where_every_engine_was_asked",
        ),
        "the vault holds no set": (
            "tests/claims/test_of_losses.py"
            "::test_the_vault_holds_no_set_is_said_of_a_vault_that_was_seen_and_is_empty",
        ),
        "made no set": (
            "tests/claims/test_of_losses.py::test_tries_made_no_set_is_said_of_more_than_one",
        ),
    },
    "operations/sets/retention.py": {
        "no rule keeps it": (
            "tests/claims/test_of_losses.py::test_no_rule_keeps_it_is_said_only_of_what_goes",
        ),
    },
    "operations/guards/disks.py": {
        "no backup includes that content as long as it is hidden": (
            "tests/claims/each/test_of_each_guard.py"
            "::test_that_it_comes_into_no_set_is_said_of_a_disk_as_long_as_another_hides_it",
        ),
    },
    "operations/guards/restore.py": {
        "the data may be in no other folder": (
            "tests/claims/each/test_of_each_guard.py"
            "::test_that_a_database_may_hold_what_is_in_no_other_folder_is_said_of_one_that_lives_elsewhere",
        ),
    },
    "operations/kinds/drill.py": {
        "compared: every check passed": (
            "tests/claims/each/test_of_each_check.py"
            "::test_every_check_passed_is_said_of_a_drill_of_which_each_did",
        ),
        "compared: every check that was made passed": (
            "tests/claims/each/test_of_each_check.py"
            "::test_every_check_that_was_made_is_said_beside_what_was_not_checked",
        ),
    },
    "operations/kinds/files.py": {
        ". No file of the platform is touched.": (
            "tests/claims/each/test_of_each_check.py"
            "::test_no_file_of_the_platform_is_touched_is_said_where_files_are_brought_beside_it_alone",
        ),
    },
    "operations/plans/release.py": {
        "It is the content that an undo had put back, before": (
            "tests/claims/each/test_of_each_run.py"
            "::test_that_an_undo_had_brought_it_back_is_said_of_what_an_undo_of_an_undo_set_aside",
        ),
    },
    "operations/plans/transfer.py": {
        "Nothing in the repository is changed;": (
            "tests/restic/test_runs.py"
            "::test_a_fetch_changes_nothing_that_the_repository_holds_and_needs_its_lock",
        ),
    },
    "operations/steps/bringing_back/restore_offline.py": {
        ", each the same as in its archive": (
            "tests/claims/each/test_of_each_check.py"
            "::test_each_as_its_archive_holds_it_is_said_of_shards_that_were_unpacked_whole",
        ),
    },
    "operations/steps/drilling/in_sandbox.py": {
        "every hash": (
            "tests/claims/each/test_of_each_check.py"
            "::test_every_hash_is_said_of_files_that_were_all_read_and_are_as_the_set_says",
        ),
    },
    "operations/steps/drilling/prove_isolation.py": {
        "no way out": (
            "tests/claims/test_of_sandboxes.py"
            "::test_none_got_out_is_said_where_each_attempt_proves_it",
        ),
    },
    "operations/steps/drilling/remove_sandbox.py": {
        "no container, no network, no file of it is left": (
            "tests/claims/each/test_of_each_check.py"
            "::test_nothing_of_a_sandbox_is_left_is_said_where_that_was_looked_at",
        ),
    },
    "operations/steps/sets/check_set.py": {
        " (a file with several names is read once for each)": (
            "tests/claims/test_of_words.py"
            "::test_several_names_are_said_where_a_check_read_more_than_the_set_holds",
        ),
        ", every hash and every dump.": (
            "tests/claims/each/test_of_each_check.py"
            "::test_every_hash_and_dump_is_said_of_a_whole_set_and_every_name_of_a_part",
        ),
        "; every name, folder and link.": (
            "tests/claims/each/test_of_each_check.py"
            "::test_every_hash_and_dump_is_said_of_a_whole_set_and_every_name_of_a_part",
        ),
    },
    "runs/worker/closing.py": {
        "; what was written after the restore (it is not known": (
            "tests/claims/each/test_of_each_run.py"
            "::test_what_was_written_after_a_restore_is_said_to_be_only_there_of_none",
        ),
    },
}
