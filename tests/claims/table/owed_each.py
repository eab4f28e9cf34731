"""What nobody has seen noticed yet of each one, every one and none; with tests that may."""

OWED: dict[str, dict[str, tuple[str, ...]]] = {
    "operations/guards/disks.py": {
        ", and another mount lies over it: what it holds": (
            "tests/journeys/test_undo_sets_aside.py"
            "::test_what_was_written_after_a_restore_is_followed_until_it_is_gone",
            "tests/operations/overview/test_last_backup.py"
            "::test_a_vault_that_can_t_be_seen_is_no_vault_without_sets",
        ),
    },
    "operations/guards/drill.py": {
        ", each image is here": (),
    },
    "operations/guards/host.py": {
        "no dump of an earlier run is left in a container": (
            "tests/journeys/test_adopt.py::test_dumps_that_were_left_elsewhere",
            "tests/journeys/test_audit.py"
            "::test_documents_that_can_not_be_read_leave_no_account_without_one",
        ),
        ", which is not part of the platform, still uses": (
            "tests/operations/adopting/test_adopting.py::TestRefused::test_nothing_in_it",
            "tests/operations/adopting/test_adopting.py"
            "::TestRefused::test_what_lies_behind_a_link_was_not_copied",
        ),
    },
    "operations/guards/restore.py": {
        "but a folder that was there before: what it holds": (),
    },
    "operations/kinds/drill.py": {
        "compared: every check passed": (
            "tests/drills/test_report.py"
            "::test_a_failed_drill_is_told_like_any_other_and_says_what_failed",
        ),
    },
    "operations/kinds/files.py": {
        ". No file of the platform is touched.": (
            "tests/tui/test_interface_sets.py::test_files_come_back_beside_what_is_there",
            "tests/journeys/test_verify_run.py::test_a_cancelled_one_keeps_nothing",
        ),
    },
    "operations/overview/attention.py": {
        "folders that restores moved aside hold no file:": (),
    },
    "operations/plans/release.py": {
        "It is what an undo had brought back, until that": (
            "tests/journeys/test_undo_sets_aside.py"
            "::test_what_was_written_after_a_restore_is_followed_until_it_is_gone",
            "tests/operations/overview/test_last_backup.py"
            "::test_a_vault_that_can_t_be_seen_is_no_vault_without_sets",
        ),
    },
    "operations/plans/transfer.py": {
        "The running platform is not touched, and the": (),
    },
    "operations/sets/parent.py": {
        "Every file is copied: there is no former set of": (
            "tests/operations/guards/test_bases.py"
            "::TestPlan::test_paranoid_compares_and_full_links_nothing",
        ),
    },
    "operations/steps/bringing_back/ask_newer.py": {
        "no other set that can be used holds it (": (),
    },
    "operations/steps/bringing_back/restore_offline.py": {
        ", each as its archive holds it": (),
    },
    "operations/steps/drilling/in_sandbox.py": {
        "every hash": (
            "tests/journeys/test_numbers.py::test_a_set_its_check_and_what_travels",
            "tests/operations/overview/test_part_and_whole.py"
            "::test_a_set_of_which_one_machine_was_read",
        ),
    },
    "operations/steps/drilling/prove_isolation.py": {
        "no way out": (),
    },
    "operations/steps/drilling/remove_sandbox.py": {
        "no container, no network, no file of it is left": (
            "tests/journeys/test_verify_run.py::test_a_cancelled_one_keeps_nothing",
            "tests/journeys/test_verify_run.py::test_damage_is_named_and_ends_it_with_1",
        ),
    },
    "operations/steps/sets/check_set.py": {
        "; every name, folder and link.": (),
        ", every hash and every dump.": (
            "tests/operations/overview/test_part_and_whole.py"
            "::test_a_set_of_which_one_machine_was_read",
        ),
    },
    "runs/half_done.py": {
        ", and no journal here tells of it.": (),
    },
    "runs/worker/closing.py": {
        "; what was written after the restore, how much is": (),
    },
}
