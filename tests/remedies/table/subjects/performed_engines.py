"""Which test has done a remedy about an engine, a container, a program, or what a user may."""

ENGINES_TESTS = "tests/remedies/machines/test_engines.py::"
MEANS = "tests/remedies/machines/test_means.py::"


def _by(*names: str, of: str = ENGINES_TESTS) -> tuple[str, ...]:
    return tuple(of + name for name in names)


ENGINES: dict[str, tuple[str, ...]] = {
    "unpaused(container, ": _by(
        "test_a_server_that_is_paused_is_waited_for_and_goes_on_as_it_is_told"
    ),
    "unpaused(found.name": _by(
        "test_a_server_that_is_paused_is_waited_for_and_goes_on_as_it_is_told"
    ),
    "Start it on its machine (systemctl start docker), or name another": _by(
        "test_an_engine_that_does_not_answer"
    ),
    "Try again when this command runs without asking anything: …": _by(
        "test_an_engine_that_ssh_does_not_reach"
    ),
    "Omit them: each host has its own root and docker in": _by(
        "test_of_several_machines_each_has_its_own"
    ),
    "A member of the docker group may look": _by("test_a_socket_that_refuses_this_user"),
    "When the engine answers again (systemctl status docker), see what is running": _by(
        "test_an_engine_that_went_away_under_a_program"
    ),
    "Start it, then try again: pryv-tui containers start NAME --host HOST": _by(
        "test_a_container_that_has_to_run_is_started"
    ),
    "runs_again(": _by(
        "test_a_container_that_has_to_run_is_started",
        "test_one_that_runs_again_by_the_time_is_tried_again",
    ),
    "_instead(deployment, state, container)": _by("test_what_a_container_s_state_allows_instead"),
    "Run the same command as root (sudo). Where a file server keeps root itself out": (
        "tests/operations/sets/test_verify_rights.py::"
        "test_nothing_is_said_of_a_set_by_who_may_not_read_it",
        "tests/operations/sets/test_verify_rights.py::test_root_reads_all_of_it",
    ),
    "Allow more files (ulimit -n $(ulimit -Hn)), or free memory": _by(
        "test_descriptors_that_were_short_are_allowed", of=MEANS
    ),
    "See what it is: …; correct its mode": _by(
        "test_a_program_that_can_not_be_run_is_mended", of=MEANS
    ),
    "Name a place on a disk that keeps owners (for a vault: --vault)": _by(
        "test_a_disk_that_keeps_no_owners", of=MEANS
    ),
    "Make another in a new folder: pryv-tui practice create FOLDER": _by(
        "test_a_practice_platform_that_can_not_be_used_is_made_anew", of=MEANS
    ),
    "Install it: apt-get install restic": _by(
        "test_a_restic_that_can_be_used_is_put_there", of=MEANS
    ),
    "Put a newer restic first on the PATH: restic.net": _by(
        "test_a_restic_that_can_be_used_is_put_there", of=MEANS
    ),
    **{
        f"See what restic itself says: {command} snapshots": _by(
            "test_what_restic_says_of_a_repository", of=MEANS
        )
        for command in ("restic -r REPOSITORY", "…")
    },
}
