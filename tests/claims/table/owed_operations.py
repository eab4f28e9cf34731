"""What nobody has seen noticed yet: operations: plans, steps, checks and stores."""

OWED: dict[str, dict[str, tuple[str, ...]]] = {
    "operations/acceptance.py": {
        "nothing called … has been accepted": (),
        "Nothing was accepted": (),
    },
    "operations/adopting/dumps.py": {
        "; nothing was changed": (),
    },
    "operations/adopting/folder.py": {
        "is the copy of no role's root": (),
    },
    "operations/advice.py": {
        "Nothing is advised: …": (),
        "Nothing changes.": (),
        "could not put everything back": (
            "tests/operations/test_advice.py::test_why_it_stopped_or_that_this_is_not_known",
        ),
    },
    "operations/comparing/newer_words.py": {
        "nothing was newer: … were compared": (),
    },
    "operations/comparing/words.py": {
        "No account is stranded, left open to others, or gone": (),
    },
    "operations/guards/backup.py": {
        "no role of a Pryv.io platform was found": (),
    },
    "operations/guards/compose.py": {
        "nothing of it could be brought up": (),
    },
    "operations/guards/containers.py": {
        "does not run: nothing comes in through it": (),
    },
    "operations/guards/disks.py": {
        "made, and nothing": (),
        "is a separate disk by /etc/fstab": (),
    },
    "operations/guards/doctor.py": {
        "up": (),
    },
    "operations/guards/host.py": {
        "and nothing is there": (),
    },
    "operations/guards/restore.py": {
        "and nothing is there": (),
        "and none is a Pryv.io installation's": (),
        "nothing is there that would be moved aside": (),
    },
    "operations/kinds/backup.py": {
        "nothing is restored from it": (),
        "It holds nothing that is of use": (),
    },
    "operations/kinds/fetch.py": {
        "The set stays whole in the repository": (),
    },
    "operations/kinds/files.py": {
        "nothing else is touched": (),
        "brought back; nothing": (
            "tests/claims/test_of_refusals.py::test_files_touch_nothing_that_is_there",
        ),
    },
    "operations/kinds/verify.py": {
        "It held nothing of the platform and changed no file": (),
    },
    "operations/overview/attention.py": {
        ": none of the … containers of … runs": (
            "tests/claims/test_made_false.py"
            "::test_none_of_a_roles_containers_runs_is_not_said_where_one_does",
        ),
    },
    "operations/overview/backup_words.py": {
        "was refused …, and none was taken": (),
    },
    "operations/overview/serving_words.py": {
        "up": (),
        "up in part": (),
    },
    "operations/plans/container.py": {
        "so that it begins with nothing": (),
        "nothing is in its data folder": (),
    },
    "operations/plans/files.py": {
        "no file of the set … is meant by": (
            "tests/tui/test_interface_sets.py::test_files_come_back_beside_what_is_there",
        ),
        "Nothing that is there is touched": (
            "tests/tui/test_interface_sets.py::test_files_come_back_beside_what_is_there",
        ),
    },
    "operations/plans/prune.py": {
        "The sets that are kept stay whole": (),
    },
    "operations/plans/recover.py": {
        "nothing is deleted": (),
    },
    "operations/plans/release.py": {
        "it moved nothing aside": (),
    },
    "operations/plans/undo.py": {
        "it was no restore (…), and moved nothing aside": (),
        "it moved nothing aside": (),
        "it put nothing back": (),
        "moved nothing aside: there is nothing to undo": (),
    },
    "operations/root/aside.py": {
        "nothing is mounted there any more": (),
    },
    "operations/root/compose.py": {
        "up": (),
    },
    "operations/root/kept.py": {
        "Its data is moved aside with all that is there now": (),
        "may be only here": (
            "tests/claims/test_of_platforms.py"
            "::test_only_here_is_not_said_surely_of_what_a_set_may_hold",
        ),
    },
    "operations/root/stopped.py": {
        "All that it holds is in its process alone": (),
    },
    "operations/root/where.py": {
        "nothing lies in … any more": (
            "tests/faults/test_held_fast.py::test_where_content_lies_is_told_from_a_look",
        ),
        "Nothing was in": (
            "tests/faults/test_held_fast.py::test_where_content_lies_is_told_from_a_look",
        ),
        "all that was there before is still in": (
            "tests/faults/test_held_fast.py::test_where_content_lies_is_told_from_a_look",
        ),
    },
    "operations/services/staying_up.py": {
        "container runs and stays up": (
            "tests/operations/services/test_stay_up.py"
            "::test_three_seconds_without_a_restart_are_wanted",
        ),
        "containers run and stay up": (
            "tests/journeys/test_report.py::test_a_backup_a_restore_and_an_undo_are_told_alike",
        ),
    },
    "operations/sets/gone_again.py": {
        "; nothing was changed": (),
    },
    "operations/sets/known_good.py": {
        "can't be verified while it is copied back": (
            "tests/journeys/test_verify_while_copying.py::test_a_set_that_is_read_once",
        ),
    },
    "operations/sets/missing_roles.py": {
        "… lost": (),
    },
    "operations/steps/bringing_back/ask_newer.py": {
        "all else lies only there": (
            "tests/claims/test_of_platforms.py"
            "::test_only_here_is_not_said_surely_of_what_a_set_may_hold",
        ),
    },
    "operations/steps/bringing_back/bring_files.py": {
        "nothing else was touched": (),
        "each hash as in the set": (
            "tests/claims/test_of_refusals.py::test_files_touch_nothing_that_is_there",
        ),
    },
    "operations/steps/bringing_back/close_restore.py": {
        "and nothing is mounted there any more": (),
    },
    "operations/steps/bringing_back/keep_copied.py": {
        "the former content whole in": (),
    },
    "operations/steps/bringing_back/move_aside.py": {
        "everything that was there, in": (),
        "nothing is mounted there now; nothing was moved": (),
    },
    "operations/steps/bringing_back/put_back_root.py": {
        "everything, in": (),
        "so nothing was put back yet": (
            "tests/faults/test_disks.py"
            "::test_an_undo_that_can_not_mark_changes_nothing_and_works_later",
        ),
    },
    "operations/steps/bringing_back/try_moves.py": {
        "nothing was stopped": (
            "tests/faults/test_nested_disks.py"
            "::test_what_lies_aside_on_a_disk_that_is_away_is_neither_put_back_nor_released",
        ),
    },
    "operations/steps/services/hold_follower.py": {
        "nothing to hold": (),
    },
    "operations/steps/services/hold_platform.py": {
        "Nothing new comes in any more": (),
        "does not run: nothing comes in through it": (),
    },
    "operations/steps/services/start_services.py": {
        "up": (),
    },
    "operations/steps/sets/check_set.py": {
        "all as it was sent": (),
        "all data": (),
    },
    "operations/steps/sets/forget_set.py": {
        "the set or nothing of it": (),
    },
    "operations/steps/sets/prune_repository.py": {
        "nothing that any snapshot holds goes": (),
    },
    "operations/steps/sets/verify_set.py": {
        "is not what it says it is; nothing was changed": (
            "tests/journeys/test_practice.py::test_a_damaged_set_is_refused_and_nothing_is_touched",
        ),
        "is not what was verified; nothing was changed": (),
    },
    "operations/steps/taking/adopt_set.py": {
        "nothing in it belongs to the platform's user": (),
    },
    "operations/steps/taking/check_store.py": {
        ", each whole": (),
    },
    "operations/steps/taking/dump_store.py": {
        "nothing: Redis rewrites its own file": (
            "tests/runs/test_cancelling.py::test_a_step_that_leaves_nothing_says_so",
        ),
    },
    "operations/stores/base.py": {
        "and nothing starts it": (),
    },
    "operations/stores/influxdb.py": {
        "all there": (),
        "nothing to restore": (
            "tests/operations/plans/test_runbook.py"
            "::TestGuide::test_a_set_without_a_user_database_has_no_influx_command",
        ),
    },
    "operations/stores/redis.py": {
        "Redis saves nothing when it is asked to": (),
    },
    "operations/stores/redis_server.py": {
        "none of those known is the right one": (
            "tests/operations/stores/test_redis_forms.py"
            "::test_a_wrong_password_is_no_empty_register",
        ),
    },
}
