"""Remedies of runs that go on or failed, and of repositories, and the tests that did them."""

RUNS = "tests/remedies/runs/test_going_on.py::"
REPOSITORY = "tests/remedies/sets/test_repository.py::"


def _by(*names: str, of: str = RUNS) -> tuple[str, ...]:
    return tuple(of + name for name in names)


_TWO = (
    "tests/restic/test_wrong_repositories.py"
    "::test_two_machines_that_share_a_repository_never_hide_each_other_s_sets",
)

GOING_ON: dict[str, tuple[str, ...]] = {
    "Look at what it does: pryv-tui attach …": _by(
        "test_whoever_is_told_of_a_run_follows_or_ends_it"
    ),
    "follow_or_cancel(": _by("test_whoever_is_told_of_a_run_follows_or_ends_it"),
    "Wait for its end: pryv-tui attach …; or choose another": _by(
        "test_whoever_is_told_of_a_run_follows_or_ends_it"
    ),
    # What its kind says: to recover what it left, or to begin a check again.
    "… (its journal: …)": (
        *_by("test_what_a_dead_run_left_is_recovered"),
        "tests/journeys/backups/test_verify_run.py"
        "::test_one_that_died_left_nothing_to_be_put_back_and_is_begun_again",
    ),
    "See its result: pryv-tui attach …": _by("test_how_a_run_ended_that_was_left_is_shown"),
    "Read the log: …": _by("test_what_the_data_needs_has_a_log"),
    "or back up without holding anything: pryv-tui backup": _by(
        "test_what_can_not_be_held_has_a_log_or_is_not_held"
    ),
    "Take another backup: pryv-tui backup; if it fails in the same way": _by(
        "test_a_copy_that_lacks_accounts_is_taken_again"
    ),
    "Its data from before is in …; its log says which file it loaded: …": _by(
        "test_a_server_that_holds_less_has_a_log_and_what_it_held"
    ),
    "See what the set holds: pryv-tui verify …; if the set is good": _by(
        "test_a_set_is_restored_from_its_beginning"
    ),
    "Restore the set from its beginning: pryv-tui restore …": _by(
        "test_a_set_is_restored_from_its_beginning"
    ),
    "Read its log: …; then: …": _by("test_a_container_that_died_under_its_tool_is_started"),
    "Name it: --vault …": _by("test_what_restic_would_ask_for_is_named", of=REPOSITORY),
    "Write the whole path: export …=/…": _by(
        "test_what_restic_would_ask_for_is_named", of=REPOSITORY
    ),
    "Name the file that holds the password: export RESTIC_PASSWORD_FILE": _by(
        "test_what_restic_would_ask_for_is_named", of=REPOSITORY
    ),
    "Write the location into a file that only you can read": _by(
        "test_a_location_that_holds_a_password_goes_into_a_file", of=REPOSITORY
    ),
    "See what it says by hand: … snapshots": _by("test_restic_is_asked_by_hand", of=REPOSITORY),
    "The repository may have an undamaged copy. Move this one out of the way": _by(
        "test_a_damaged_working_copy_is_put_aside_and_fetched_again", of=REPOSITORY
    ),
    "…. Without the repository, sets on this machine can be used": _by(
        "test_what_is_here_is_used_without_the_repository", of=REPOSITORY
    ),
    "Send it: pryv-tui send …": _by("test_what_was_not_sent_is_sent_and_not_twice", of=REPOSITORY),
    "To see where each set is: pryv-tui list": _by(
        "test_what_was_not_sent_is_sent_and_not_twice", of=REPOSITORY
    ),
    "To use the set in the repository: set PRYV_TUI_WORK": _TWO,
}
"""As `performed.PERFORMED`."""
