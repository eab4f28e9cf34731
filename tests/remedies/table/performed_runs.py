"""Which test has done a remedy of a run that stopped or still goes on."""

RUNS = "tests/remedies/runs/test_runs.py"
DISKS = "tests/faults/test_disks.py"
RELEASE = "tests/cli/test_release.py"
CANCELS = "tests/journeys/test_cancel_steps.py"
MEANWHILE = "tests/journeys/containers/test_started_meanwhile.py"

RAN: dict[str, tuple[str, ...]] = {
    "…. If none of that data is wanted: …; then try again.": (
        f"{RUNS}::test_what_works_elsewhere_is_stopped_by_whoever_does_not_want_that",
    ),
    "Finish it, or put back what was there before: pryv-tui recover": (
        f"{RUNS}::test_what_is_half_restored_is_brought_to_its_end",
    ),
    "Finish it first: pryv-tui recover": (
        f"{RUNS}::test_a_half_undone_root_is_brought_to_its_end_before_a_restore",
    ),
    "Fix what prevents that, then run undo again": (
        f"{RUNS}::test_an_undo_that_was_stopped_is_run_again",
    ),
    "Wait for its end: pryv-tui attach …": (
        f"{RUNS}::test_a_restore_that_goes_on_is_cancelled_not_undone",
    ),
    "Cancel it, and it puts back what it moved aside: pryv-tui cancel …": (
        f"{RUNS}::test_a_restore_that_goes_on_is_cancelled_not_undone",
        f"{CANCELS}::test_a_restore",
    ),
    "Both are undone together: …": (
        f"{RUNS}::test_a_chain_of_restores_is_undone_or_let_go_as_one",
    ),
    "Release both together, since one alone": (
        f"{RUNS}::test_a_chain_of_restores_is_undone_or_let_go_as_one",
    ),
    "Say which: …": (
        "tests/cli/test_lost_role.py::test_what_was_half_done_of_a_lost_role_needs_the_word",
    ),
    "Follow it: pryv-tui attach …": (f"{RUNS}::test_a_run_that_holds_the_platform",),
    "Follow that run with attach, end it with cancel, or wait.": (
        f"{RUNS}::test_a_run_that_holds_the_platform",
    ),
    "Free space at …, or name another with --state; then try again.": (
        f"{RUNS}::test_a_state_folder_that_fills_up_while_a_run_goes_on",
    ),
    "Free space at …, then try again.": (
        f"{RUNS}::test_a_state_folder_that_fills_up_while_a_run_goes_on",
    ),
    "Its log may say why: …": (f"{RUNS}::test_a_container_that_would_not_stop",),
    "Free space there, or correct what the message names, then try again.": (
        f"{RUNS}::test_what_redis_holds_is_saved_once_there_is_room",
    ),
    "put_by_hand(": (f"{RUNS}::test_what_redis_held_is_copied_by_hand",),
    "Free some space on the disk of …, then run the same undo": (
        f"{DISKS}::test_an_undo_that_can_not_mark_changes_nothing_and_works_later",
    ),
    "Free space on the disk of …, then try again.": (
        f"{DISKS}::test_a_root_that_can_not_be_marked_is_left_as_it_is_and_runs_on",
    ),
    "Add --confirm …": (f"{RELEASE}::test_only_with_the_word_and_then_for_good",),
    "Find out who or what starts it": (f"{MEANWHILE}::test_before_the_databases_are_back",),
}
