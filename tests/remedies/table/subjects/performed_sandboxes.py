"""Remedies about drills in a sandbox."""

_REMOVED = "tests/journeys/drills/test_drill_removed.py::"
_REFUSED = "tests/journeys/drills/test_drill_refused.py::"

OF_SANDBOXES: dict[str, tuple[str, ...]] = {
    "_wait(": (
        "tests/operations/drilling/test_pressure.py"
        "::test_its_limits_are_configured_as_the_way_out_says",
    ),
    "Run the drill on a machine of the platform, and name": (
        f"{_REFUSED}test_an_engine_of_this_machine_that_is_named_by_an_address",
    ),
    "Get it by hand, then try again": (
        f"{_REFUSED}test_an_image_that_is_gone_and_a_container_that_can_not_be_made",
    ),
    "Declare that service in the root's compose files": (
        f"{_REFUSED}test_an_image_that_is_gone_and_a_container_that_can_not_be_made",
    ),
    "Name a folder elsewhere with --sandbox.": (
        f"{_REFUSED}test_a_place_in_what_is_live_and_one_elsewhere",
    ),
    "Name another folder with --sandbox.": (
        f"{_REFUSED}test_a_place_in_what_is_live_and_one_elsewhere",
    ),
    "Name a folder on a larger disk with --sandbox": (
        f"{_REFUSED}test_a_run_that_goes_on_and_too_little_room",
    ),
    "Wait until more memory is free (free -m shows it)": (
        f"{_REFUSED}test_a_run_that_goes_on_and_too_little_room",
    ),
    "Choose a set of this platform: pryv-tui list": (
        f"{_REFUSED}test_a_set_of_another_platform_or_a_damaged_one",
    ),
    "Choose a set that holds a real folder there: pryv-tui list": (
        f"{_REFUSED}test_a_set_with_a_link_where_something_is_written",
    ),
    "Remove it: pryv-tui drill clean": (
        "tests/drills/test_cadence.py::test_a_sandbox_that_was_left_is_told_wherever_one_looks",
    ),
    "Mount the disk that it is on, or make the folder, then try again": (
        f"{_REFUSED}test_a_place_in_what_is_live_and_one_elsewhere",
    ),
    "When that is fixed, remove it: pryv-tui drill clean": (
        f"{_REMOVED}test_what_can_not_be_removed_is_told_and_goes_when_it_can",
    ),
    "Check its files instead: pryv-tui verify": (
        f"{_REFUSED}test_a_set_without_any_database_is_checked_instead",
    ),
    "Omit them, or --scenario.": (f"{_REFUSED}test_a_depth_that_is_not_there_and_the_one_that_is",),
    "Drill the data alone: pryv-tui drill run": (
        "tests/journeys/drills/test_drill_services.py"
        "::test_who_asks_by_address_is_refused_and_the_data_is_drilled_as_it_says",
    ),
}

TYPED_OF_SANDBOXES: dict[str, tuple[str, ...]] = {
    "pryv-tui drill clean": (
        f"{_REMOVED}test_one_that_is_killed_is_cleared_by_whoever_comes_next",
    ),
    "pryv-tui drill run": (f"{_REFUSED}test_a_place_in_what_is_live_and_one_elsewhere",),
}
