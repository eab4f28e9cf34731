"""Faults that do not have the form of a row, and the tests that hold each of them."""

from __future__ import annotations

from dataclasses import dataclass

HEADING = "\n## Faults that have no run of their own\n"


@dataclass(frozen=True)
class Elsewhere:
    """One fault, why it is no row, and the tests that try it, as `FILE::FUNCTION`."""

    what: str
    why: str
    tests: tuple[str, ...]


NO_SUCH_STORE = "the practice platform's stores have one form each"
BEFORE_A_RUN = "it is refused before there is a run"
OF_A_COMMAND = "it meets a command, and the run goes on"

ELSEWHERE: tuple[Elsewhere, ...] = (
    Elsewhere(
        "Redis in another form: its append-only file switched off or elsewhere, a password, an old"
        " manifest beside the present one",
        f"{NO_SUCH_STORE}; tried with the real server",
        (
            "tests/operations/stores/test_redis_forms.py::test_saved_lost_restored_and_put_back",
            "tests/operations/stores/test_redis_ways_out.py::test_a_password_that_nobody_told",
        ),
    ),
    Elsewhere(
        "time series in MongoDB",
        f"{NO_SUCH_STORE}; tried with what the real tools write and say",
        (
            "tests/operations/stores/test_mongorestore_words.py::test_a_time_series_by_either_of_its_names",
        ),
    ),
    Elsewhere(
        "names change hands in every order while a tree is copied",
        "it is a matter of thousands of orders, not of one run",
        (
            "tests/vault/files/test_same_file.py::test_each_file_holds_what_its_own_path_held",
            "tests/vault/files/test_same_file.py::test_so_it_is_while_another_thread_does_it_all_the_time",
        ),
    ),
    Elsewhere(
        "a file whose holes would take days to read",
        "a row would say no more: a backup leaves it out and names it, and takes all else",
        (
            "tests/remedies/test_warnings.py::test_a_file_of_holes_keeps_nothing_else_from_its_set",
            "tests/vault/copying/test_hollow.py::test_a_backup_leaves_it_out_and_takes_all_else",
        ),
    ),
    Elsewhere(
        "an entry of the root that can't be renamed although the trial could",
        "the system has to fail between two calls",
        (
            "tests/faults/test_held_fast.py"
            "::test_a_rename_that_fails_all_the_same_leaves_everything_in_its_place",
            "tests/faults/test_held_fast.py"
            "::test_where_even_the_way_back_is_barred_the_sentence_is_true",
        ),
    ),
    Elsewhere(
        "a dump that is known beforehand not to fit",
        "`root-full` is how it ends; by what it is reckoned is another matter",
        (
            "tests/operations/guards/test_room.py::test_a_dump_that_does_not_fit_is_refused_and_says_by_what",
        ),
    ),
    Elsewhere(
        "a compose file that can't be used, and the containers are gone",
        "it is refused before there is a run",
        (
            "tests/operations/root/test_compose_files.py"
            "::test_tags_that_the_program_here_can_t_read_are_found_before",
            "tests/operations/root/test_compose_files.py"
            "::test_what_can_t_be_brought_up_is_found_by_all_that_come_before",
        ),
    ),
    Elsewhere(
        "influxd is killed, or frozen, on a real engine",
        "the rows are of the practice platform",
        (
            "tests/real/failures/test_influxdb_ends.py"
            "::test_a_server_that_is_killed_as_the_comparison_begins",
            "tests/real/failures/test_influxdb_ends.py::test_a_frozen_server_and_a_backup_that_dies_with_it",
        ),
    ),
    Elsewhere(
        "the program is killed in the middle of a step",
        "each step is one, and each has its own end",
        ("tests/kill/test_kill.py::test_a_kill_loses_nothing",),
    ),
    Elsewhere(
        "a container vanishes between the engine's list and the question what it is",
        "only Docker's own engine asks twice",
        (
            "tests/hosts/test_docker_engine.py"
            "::test_one_that_vanishes_between_the_list_and_the_question_is_left_out",
        ),
    ),
    Elsewhere(
        "renamed and foreign containers, by hand after RESTORE.md",
        "no run does what is done by hand",
        (
            "tests/vault/guide/test_guide_containers.py"
            "::test_who_has_the_root_mounted_is_stopped_and_nobody_else",
            "tests/vault/guide/test_guide_containers.py"
            "::test_a_renamed_container_is_started_where_it_is_and_asked_by_its_name",
        ),
    ),
    Elsewhere(
        "the disk has another number than when the last set was made",
        "it changes how much room a set takes, not what it holds",
        ("tests/vault/copying/test_devices.py::test_a_real_disk_under_another_number",),
    ),
    Elsewhere(
        "subvolumes and snapshots of a btrfs",
        "tried on a real one, where one can be made, by the copy and by what moves aside",
        (
            "tests/vault/copying/test_snapshots.py::test_a_btrfs_root_is_copied_without_its_snapshots",
            "tests/vault/copying/test_snapshots.py::test_a_btrfs_roots_subvolumes_are_disks_of_their_own",
        ),
    ),
    Elsewhere(
        "a role, or everything, is lost, and a backup is made all the same",
        "what matters is what stands on the overview afterwards",
        (
            "tests/cli/test_lost_role.py::test_a_backup_without_core_warns_and_hides_nothing",
            "tests/cli/test_lost_role.py::test_when_everything_is_lost_the_command_is_there",
        ),
    ),
    Elsewhere(
        "a set that shrank is followed by others, or accepted",
        "it is a matter of several runs",
        (
            "tests/journeys/backups/test_shrunk.py"
            "::test_a_backup_that_lost_its_attachments_is_named_until_it_is_accepted",
        ),
    ),
    Elsewhere(
        "what nobody expects lies in a set, and is no file server's",
        "what it may be has many forms",
        (
            "tests/operations/sets/test_strangers.py"
            "::test_what_nobody_expects_there_is_named_and_not_restored",
        ),
    ),
    Elsewhere(
        "what the vendor's own template mounts from outside of the root",
        "it is no fault, and no warning",
        ("tests/operations/guards/test_normal_warnings.py::test_the_followers_login_is_normal",),
    ),
    Elsewhere(
        "a set made by hand after the vendor's guide",
        "no backup of ours made it",
        ("tests/journeys/test_adopt.py::test_what_was_made_by_hand_is_restored",),
    ),
    Elsewhere(
        "a vault that looks like an address, a literal `~`, a setting in the wrong table",
        BEFORE_A_RUN,
        (
            "tests/operations/settings/test_place_names.py::test_a_vault",
            "tests/operations/settings/test_configuration.py::test_each_fault_is_told_with_its_line",
        ),
    ),
    Elsewhere(
        "a Docker context, TLS or a certificate that does not fit",
        BEFORE_A_RUN,
        (
            "tests/hosts/test_endpoint.py::test_an_engine_that_wants_certificates_is_reached",
            "tests/hosts/test_endpoint.py"
            "::test_a_context_that_is_not_there_is_named_with_the_way_out",
        ),
    ),
    Elsewhere(
        "arguments that are not UTF-8, no home, a umask of 000",
        BEFORE_A_RUN,
        (
            "tests/cli/printing/test_odd_surroundings.py"
            "::test_a_path_that_is_no_text_is_refused_with_a_way_out",
            "tests/cli/printing/test_odd_surroundings.py::test_doctor_and_backup_without_a_home",
        ),
    ),
    Elsewhere(
        "an output that is closed, full, or nobody reads",
        OF_A_COMMAND,
        ("tests/cli/printing/test_streams.py::test_a_run_is_followed_to_its_end_and_decides",),
    ),
    Elsewhere(
        "a locale that can't print a name",
        OF_A_COMMAND,
        ("tests/cli/printing/test_streams.py::test_a_locale_without_the_character",),
    ),
    Elsewhere(
        "a terminal that goes away, with a signal or without",
        OF_A_COMMAND,
        (
            "tests/journeys/test_terminal.py::test_a_killed_terminal_does_not_end_the_run",
            "tests/tui/terminal/test_terminal_lost.py::test_the_run_goes_on",
        ),
    ),
)


def section() -> str:
    """The part of the document that lists them."""
    lines = []
    for one in ELSEWHERE:
        tests = ", ".join(f"`{test}`" for test in one.tests)
        lines.append(f"| {one.what} | {one.why} | {tests} |\n")
    return (
        f"{HEADING}\nEach is held by other tests.\n\n"
        "| fault | why it is no row | held by |\n|---|---|---|\n" + "".join(lines)
    )
