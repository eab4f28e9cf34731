"""Remedies for what stands until somebody does something, and the tests that did it."""

STANDING_TESTS = "tests/remedies/machines/test_standing.py::"
REMOVALS = "tests/remedies/runs/test_removals.py::"


def _by(*names: str, of: str = STANDING_TESTS) -> tuple[str, ...]:
    return tuple(of + name for name in names)


STANDING: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(
        ("back_words(lost, deployment, _sets(site))", "back_words(mine, deployment, sets)"),
        (
            "tests/operations/emptied/test_emptied.py"
            "::test_what_is_advised_brings_it_back_and_the_incident_says_so",
        ),
    ),
    "First do what the line about the vault says; then check again: pryv-tui doctor": (
        "tests/operations/lost/test_told.py"
        "::test_of_a_vault_in_doubt_the_doctor_says_so_and_what_is_said_of_it_mends_both",
    ),
    "To see everything that is wrong: pryv-tui verify …": _by(
        "test_that_is_damaged_is_checked_mended_and_checked_again"
    ),
    "That file is not part of the set itself. To write it again: pryv-tui verify …": _by(
        "test_whose_check_can_not_be_read_is_checked_anew"
    ),
    "To bring one back, name the vault that holds its sets": _by(
        "test_of_a_platform_that_is_gone_is_found_in_its_vault"
    ),
    "_back(role, sets, apart)": (
        "tests/operations/comparing/test_theirs.py"
        "::test_a_role_without_its_files_is_brought_back_from_the_vault_that_holds_it",
        "tests/operations/lost/test_lost.py::test_a_set_that_is_accepted_brings_the_lost_role_back",
    ),
    "Bring it back from a set that holds it, if there is one": (
        "tests/journeys/containers/test_down_since_when.py"
        "::test_what_is_down_and_in_no_set_of_this_vault_is_brought_back_from_another",
    ),
    "See why: pryv-tui doctor": (
        "tests/journeys/containers/test_down_since_when.py"
        "::test_of_a_role_that_is_there_and_down_the_doctor_says_why",
    ),
    "Read its log: …": (
        *_by("test_that_is_stopped_has_a_log", "test_that_can_not_be_held"),
        "tests/cli/test_containers.py::test_a_log_is_read_by_our_own_command",
    ),
    "started_again(state, needed)": _by(
        "test_a_database_that_is_stopped_is_started", "test_each_state_has_its_own_way"
    ),
    "Back up the other roles: pryv-tui backup…": (
        "tests/operations/lost/test_accepted_everywhere.py"
        "::test_the_other_roles_are_backed_up_alone_where_its_stores_do_not_run",
    ),
    "Use --hold everything, or look for such an account": _by(
        "test_that_is_held_before_1_8_as_a_whole"
    ),
    "Wait for its end, or settle what it left: pryv-tui recover": _by(
        "test_only_what_is_safe_is_done"
    ),
    "Safe is: …": _by("test_only_what_is_safe_is_done"),
    "Restore a set, after which the platform is complete again: pryv-tui list": _by(
        "test_of_which_nothing_lies_aside_is_restored_again"
    ),
    "Name another folder with --vault.": _by("test_of_a_vault"),
    "Name another with --vault.": _by("test_of_a_vault"),
    "Name the real folder: --vault …": _by("test_of_a_vault"),
    "Run it with sudo.": (
        *_by("test_whoever_is_not_root_becomes_it"),
        "tests/remedies/machines/test_means.py::test_what_needs_root_is_done_by_root",
    ),
    "Watch the free space there: …": _by("test_whose_size_is_not_known_is_watched"),
    "Name the real one with --root.": _by("test_of_a_root"),
    "Name it with --root or PRYV_CONF_ROOT": _by("test_of_a_root"),
    "Name the root with --root.": _by("test_of_a_root", "test_root"),
    "Name the root that the containers use with --root.": _by("test_of_a_root"),
    "Name it with --root.": _by("test_root"),
    "Name the right root with --root, or a folder that is empty.": _by("test_root"),
    "Name the root that they use: --root …": _by("test_root_that_the_containers_do_not_use"),
    "Sets of practice and real platforms are never mixed": _by("test_practice_and_real"),
    "Restore it on one machine, without the configuration file.": _by("test_machines_and_roles"),
    "Restore it on the machine that has these roles.": _by("test_machines_and_roles"),
    "Restore one role per machine, with --role.": _by("test_two_parts_one_machine"),
    "Name a role that status shows, or declare its host": _by("test_a_role_that_is_not_here"),
    "Take one: pryv-tui backup": (
        "tests/cli/test_usage.py::test_hints_mean_the_platform_that_was_asked_for",
    ),
    "What is left is in … and is not a set any more; prune again": _by(
        "test_the_rest_of_a_set_is_removed_by_hand", of=REMOVALS
    ),
    "Remove it by hand: …": _by("test_the_rest_of_a_run_is_removed_by_hand", of=REMOVALS),
    "can't be put back any more. Fix what prevents their removal, then release it again": _by(
        "test_what_was_released_in_part_is_released_again", of=REMOVALS
    ),
    "It can still be put back. To remove it, fix what prevents that, then release it": _by(
        "test_what_could_not_be_renamed_is_released_again", of=REMOVALS
    ),
    "Nothing of it was removed. See what it is: …": _by(
        "test_a_folder_that_no_run_made_is_looked_at", of=REMOVALS
    ),
    "Unmount it first: …": _by("test_a_disk_inside_is_unmounted_first", of=REMOVALS),
    "See what is there: …": _by("test_what_is_no_lock_is_seen_and_taken_away", of=REMOVALS),
    "Name another folder with --to.": _by("test_files_come_to_another_folder", of=REMOVALS),
    "Its former content is complete, in … and …; to put it back: pryv-tui recover": _by(
        "test_a_dump_folder_that_was_not_given_back_is_by_recover", of=REMOVALS
    ),
}
"""As `performed.PERFORMED`."""
