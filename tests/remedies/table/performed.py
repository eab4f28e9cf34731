"""Which test has done what a remedy says, from the state in which it is printed.

A key is a part of a remedy's own words, a `…` for what they are filled in with. A remedy that is
put together elsewhere is known by the call that makes it.
"""

from tests.remedies.table.performed_choices import NAMED
from tests.remedies.table.performed_failed import FAILED
from tests.remedies.table.performed_going_on import GOING_ON
from tests.remedies.table.performed_runs import RAN
from tests.remedies.table.performed_standing import STANDING
from tests.remedies.table.performed_surroundings import SURROUNDED
from tests.remedies.table.performed_typed import TYPED
from tests.remedies.table.performed_warnings import WARNED
from tests.remedies.table.subjects.performed_adopted import ADOPTED
from tests.remedies.table.subjects.performed_drills import OF_DRILLS
from tests.remedies.table.subjects.performed_engines import ENGINES
from tests.remedies.table.subjects.performed_incidents import OF_INCIDENTS
from tests.remedies.table.subjects.performed_machines import MENDED
from tests.remedies.table.subjects.performed_pins import OF_PINS
from tests.remedies.table.subjects.performed_places import PLACED
from tests.remedies.table.subjects.performed_sandboxes import OF_SANDBOXES

FORMS = "tests/operations/stores/test_redis_ways_out.py"
REDIS = "tests/remedies/stores/test_redis.py"
FOLDERS = "tests/remedies/places/test_folders.py"
OTHERS = "tests/journeys/containers/test_other_containers.py"
WAITS = "tests/operations/containers/test_waiting.py"

PERFORMED: dict[str, tuple[str, ...]] = {
    "Remove the link, not what it leads to": (
        "tests/operations/sets/test_sets.py"
        "::test_a_link_in_place_of_a_set_is_not_removed_and_its_remedy_does",
    ),
    **{
        words: (f"tests/journeys/audits/test_restore_audit.py::{test}",)
        for words, test in (
            (
                "Settle it, until nothing is left: ",
                "test_what_one_role_strands_is_in_the_result_until_it_is_settled",
            ),
            ("Check it now: ", "test_what_goes_wrong_in_the_look_fails_no_restore"),
            (
                "Check it: pryv-tui audit",
                "test_one_that_dies_in_the_look_is_done_and_says_what_nobody_asked",
            ),
        )
    },
    "Name the set that you mean: pryv-tui list": (
        "tests/operations/comparing/test_meant.py"
        "::test_where_all_sets_are_of_others_latest_is_none_of_them",
    ),
    "apart.after(NO_SET.remedy)": (
        "tests/operations/comparing/test_theirs.py"
        "::test_a_machine_built_anew_has_no_backup_until_somebody_says_whose_the_set_is",
    ),
    **{
        words: (f"tests/journeys/names/test_renamed_platform.py::{test}",)
        for words, test in (
            ("take_one_or_back(former)", "test_the_sets_of_the_former_domain_are_told"),
            ("take_one_or_back(found.former)", "test_the_sets_of_the_former_domain_are_told"),
        )
    },
    **{
        words: (f"tests/practice/test_while_it_changes.py::{test}",)
        for words, test in (
            (
                "If a run is using it, wait for its end",
                "test_life_goes_on_or_is_refused_while_a_folder_is_moved",
            ),
            (
                "Wait for its end, or cancel it, then lose it again.",
                "test_a_role_is_lost_while_somebody_writes_there",
            ),
        )
    },
    **OF_DRILLS,
    **OF_SANDBOXES,
    **TYPED,
    **STANDING,
    **ENGINES,
    **WARNED,
    **GOING_ON,
    "save_first(": (
        f"{FOLDERS}::test_redis_whose_folder_was_replaced_is_saved_first",
        f"{FOLDERS}::test_a_database_whose_folder_was_moved_away_gets_it_back",
        f"{FOLDERS}::test_a_log_folder_that_was_replaced_is_seen_after_a_restart",
        f"{FORMS}::test_a_data_folder_that_was_replaced",
    ),
    "reads_on(": (
        f"{FOLDERS}::test_what_reads_the_database_keeps_no_backup_waiting_and_goes_on",
        f"{FOLDERS}::test_the_look_of_who_was_killed_is_ended_and_a_living_one_goes_on",
    ),
    "writes_on(": (
        f"{FOLDERS}::test_a_dump_by_hand_like_a_dead_runs_goes_on_and_recover_waits_for_it",
    ),
    "end_orphan(": (
        f"{FOLDERS}::test_recover_ends_the_dump_of_a_dead_run",
        f"{FOLDERS}::test_a_dump_by_hand_that_nobody_follows_is_ended",
    ),
    "Give the password in the environment: export …": (
        f"{FORMS}::test_a_password_that_nobody_told",
    ),
    "Write `dir /app/data` into redis.conf": (f"{FORMS}::test_a_data_folder_outside_every_mount",),
    "Restart Redis from what it holds in memory, which is saved first": (
        f"{FORMS}::test_switched_off_and_let_start_from_what_it_holds",
    ),
    "Write `appendonly yes` into redis.conf": (
        f"{FORMS}::test_snapshots_alone_made_append_only_by_the_remedy",
        f"{REDIS}::test_what_a_backup_warns_of_is_mended_by_a_restart",
    ),
    "by_hand(server)": (f"{FORMS}::test_what_could_not_be_saved_is_saved_by_hand",),
    "Find out what it does there; to stop it": (
        f"{OTHERS}::test_one_that_may_write_into_a_database_is_stopped_as_doctor_says",
    ),
    "Save the data there if you need it, then restart": (
        f"{OTHERS}::test_one_that_sees_a_former_folder_is_restarted_as_doctor_says",
    ),
    "See whether its server answers": (f"{WAITS}::test_more_patience_lets_it_come_to_its_end",),
    "Write it like …=45m; unset it": (f"{WAITS}::test_a_patience_that_is_none",),
    **NAMED,
    **PLACED,
    **MENDED,
    **RAN,
    **SURROUNDED,
    **FAILED,
    **ADOPTED,
    **OF_INCIDENTS,
    **OF_PINS,
}
