"""Journeys: what varies is the form of the platform, the kind of run, who does it, and where."""

from __future__ import annotations

from tests.suite.families.family import Family, each

FORM = "Forms of a platform, one machine or three: "

FAMILIES: tuple[Family, ...] = (
    *each(
        2,
        f"{FORM}everything comes back. On a machine with nothing left, and over a lost core, it is "
        "seen of other forms and stores in each turn.",
        "journeys/test_practice.py",
        "test_backup_wipe_core_restore_brings_everything_back",
        "test_a_machine_with_nothing_left_is_restored",
        "test_undo_puts_back_what_was_there",
    ),
    *each(
        2,
        f"{FORM}what is held loses nothing, and life goes on beside it.",
        "journeys/backups/test_gap.py",
        "test_without_a_hold_an_account_may_be_in_register_alone_never_in_core_alone",
        "test_while_registrations_are_held_no_account_is_made_and_all_else_goes_on",
        "test_while_everything_is_held_nothing_is_made_until_all_is_copied",
    ),
    *each(
        2,
        f"{FORM}what is stopped when a run is nearly over is told.",
        "journeys/containers/test_stopped_at_the_end.py",
        "test_a_restore_of_core_that_was_lost",
        "test_an_undo",
    ),
    *each(
        2,
        f"{FORM}a set of another platform is not drilled, restored or audited.",
        "operations/audit/test_whose.py",
        "test_a_set_of_the_other_is_not_drilled_restored_or_audited",
    ),
    *each(
        2,
        f"{FORM}the documented journey by hand.",
        "practice/test_platform.py",
        "test_the_documented_journey_by_hand",
    ),
    *each(
        2,
        f"{FORM}a platform that is copied is one of its own.",
        "helpers/test_copied.py",
        "test_it_holds_what_one_holds_that_was_made_there",
        "test_what_happens_to_one_happens_to_no_other",
    ),
    *each(
        2,
        "Whether names were given anew, and what is chosen after a run died: what was before is "
        "known.",
        "journeys/containers/test_other_containers.py",
        "test_renamed_containers_are_backed_up_restored_and_undone",
        "test_what_was_before_is_known_although_a_run_died_in_between",
    ),
    *each(
        5,
        "Kinds of run: one that goes on in a terminal is cancelled from another.",
        "journeys/beside/test_cancelled_beside.py",
        "test_cancelled_from_the_other_terminal",
    ),
    *each(
        4,
        f"{FORM}whichever role was lost and whatever the vault, the same is said to be down.",
        "journeys/containers/test_down_since_when.py",
        "test_what_is_down_does_not_depend_on_the_vault",
    ),
    *each(
        3,
        "Services of which a paused container sees the former folder: it is told and restarted.",
        "journeys/containers/test_paused_elsewhere.py",
        "test_it_is_told_and_restarted_when_it_goes_on",
    ),
    *each(
        2,
        "Journals of a database whose writer crashed: it is mended in the copy.",
        "journeys/names/test_sqlite.py",
        "test_what_a_crashed_writer_left_is_mended_in_the_copy",
    ),
    *each(
        3,
        "Roles, and vaults without a set of this platform: a role that was here is lost.",
        "operations/lost/test_lost.py",
        "test_a_role_that_was_seen_here_is_lost_whoever_s_the_sets_are",
        "test_a_role_whose_containers_are_here_alone_opens_an_incident",
    ),
    *each(
        4,
        "Stories of a drill whose terminal is lost as a run begins: the run is followed.",
        "drills/test_lost_terminal.py",
        "test_it_is_followed",
    ),
    *each(
        4,
        "What a program in a container has started: it goes with the program that is cancelled.",
        "hosts/test_docker_programs.py",
        "test_what_a_cancelled_program_has_started_goes_with_it",
    ),
    *each(
        2,
        "Steps before which a backup is cancelled: it is not in the repository.",
        "restic/test_runs.py",
        "test_a_backup_cancelled_before_it_arrived_is_not_in_the_repository",
    ),
    *each(
        2,
        "Ways in which restic's environment names a repository: it may not be this one's.",
        "restic/test_environment.py",
        "test_one_that_restic_s_environment_names_may_not_either",
    ),
    *each(
        3,
        "Runs that are cancelled while a disk does not answer: they end as one that was killed.",
        "kill/test_kill.py",
        "test_a_run_that_is_cancelled_while_a_disk_does_not_answer_ends_as_one_that_was_killed",
    ),
    *each(
        3,
        "Odd names, and which store has them: each is the only one that is told.",
        "journeys/names/test_odd_accounts.py",
        "test_an_odd_name_is_the_only_one_that_is_told",
    ),
    *each(
        3,
        "Tools whose container goes under them, and how: what is advised is possible.",
        "journeys/containers/test_removed_under_a_tool.py",
        "test_what_is_advised_is_possible",
    ),
)
