"""Drills."""

from __future__ import annotations

from tests.suite.families.family import Family, each

FAMILIES: tuple[Family, ...] = (
    *each(
        8,
        "Wrong turns of a drill's story: what is told comes of them. The right way of each is "
        "played in each turn.",
        "drills/test_all_ways.py",
        "test_what_is_told_happens",
    ),
    Family(
        3,
        "Moments of a drill, and how its terminal is lost: it goes on where it was. The kill is in "
        "each turn at each moment: it leaves most.",
        (
            "journeys/drills/test_drill_lost_terminal.py"
            "::test_lost_in_mid_decision_it_goes_on_there_and_others_join",
            "journeys/drills/test_drill_lost_terminal.py"
            "::test_lost_in_mid_debrief_what_was_found_is_there",
            "journeys/drills/test_drill_lost_terminal.py"
            "::test_lost_while_a_sandbox_is_at_work_it_goes_on_and_is_shown_again",
        ),
    ),
    *each(
        3,
        "Steps of a real cluster's drill at which its worker is killed: nothing of it is left. As "
        "its containers are made it is killed in each turn.",
        "real/failures/test_kill.py",
        "test_kills_of_a_clusters_drill_leave_nothing_on_any_machine",
    ),
    *each(
        5,
        "Ways to a list of sets for a drill: where there is none, it is not empty.",
        "journeys/drills/test_drill_no_set.py",
        "test_without_any_set_the_way_out_is_no_empty_list",
    ),
    *each(
        4,
        "Services of a sandbox that do not answer: the check of each turns red, and no other.",
        "journeys/drills/test_drill_services.py",
        "test_one_that_does_not_answer_turns_its_check_red_and_no_other",
    ),
    *each(
        4,
        "Texts of half a million characters: to read them takes work in proportion to that.",
        "operations/drilling/test_wiring.py",
        "test_reading_takes_work_in_proportion_to_what_is_read",
    ),
    *each(
        3,
        "Seeds of a drill: it is the same again.",
        "drills/record/test_replayed.py",
        "test_it_is_the_same_again",
    ),
    *each(
        3,
        "Harms to the records of drills: what is put back counts as it did, and another drill "
        "is held. Of each of them it is seen in each turn which drills count as none.",
        "drills/signing/test_ways_lead_out.py",
        "test_what_is_put_back_counts_as_it_did_whatever_was_recorded_meanwhile",
        "test_another_drill_is_held_signed_and_reviewed",
    ),
    *each(
        3,
        "Parts of a record that was edited: it counts as none.",
        "drills/signing/test_edited.py",
        "test_one_that_was_edited_counts_as_no_drill_and_that_is_said",
    ),
    Family(
        2,
        "How deep a set is drilled on real engines, and the form of the platform: it is proven "
        "while the platform takes writes. A single machine's data, and a cluster up to its "
        "services, are in each turn.",
        (
            "real/journeys/drills/test_drill_cluster.py"
            "::test_a_clusters_data_is_proven_on_one_machine_while_three_take_writes",
            "real/journeys/drills/test_drill_services.py"
            "::test_a_single_machines_set_is_proven_up_to_its_services_while_it_takes_writes",
        ),
    ),
)
