"""Which test has done what is said about incidents."""

INCIDENTS = "tests/remedies/test_incidents.py"

REPORTED = (f"{INCIDENTS}::test_what_a_report_says_remains_can_be_done",)
NAMED = (f"{INCIDENTS}::test_a_report_of_what_is_not_there_says_how_there_is_one",)

OF_INCIDENTS: dict[str, tuple[str, ...]] = {
    (
        "Run the command as root (sudo), repair the folder, or name another state folder with"
        " --state."
    ): ("tests/incidents/test_files.py::test_what_can_not_be_listed_is_not_taken_for_none",),
    "Make a separate report of each.": NAMED,
    "Name a run; to see them: pryv-tui runs. Or declare an incident": NAMED,
    "To see the incidents known here: pryv-tui incident list; the runs: pryv-tui runs": NAMED,
    "To see the incidents known here: pryv-tui incident list": (
        f"{INCIDENTS}::test_what_a_refusal_says_of_an_incident_can_be_done",
    ),
    "Write what you know into it: pryv-tui incident note TEXT": (
        f"{INCIDENTS}::test_what_a_refusal_says_of_an_incident_can_be_done",
    ),
    "Declare one: pryv-tui incident declare TEXT": (
        f"{INCIDENTS}::test_what_a_refusal_says_of_an_incident_can_be_done",
    ),
    "Write into the last one: pryv-tui incident note --incident": (
        "tests/incidents/test_files.py"
        "::test_a_second_platform_of_the_same_state_folder_has_its_own",
    ),
    "Say which with --incident: …": (
        "tests/incidents/test_files.py"
        "::test_two_platforms_of_one_engine_are_told_apart_by_their_domains",
    ),
    "Say which role: --role …": (
        f"{INCIDENTS}::test_what_a_refusal_says_of_an_incident_can_be_done",
    ),
    "Say what you saw or decided.": (
        f"{INCIDENTS}::test_what_a_refusal_says_of_an_incident_can_be_done",
    ),
    "Write it in several notes.": (
        f"{INCIDENTS}::test_what_a_refusal_says_of_an_incident_can_be_done",
    ),
    "Run the command as root (sudo), correct the folder's owner, or name another": (
        f"{INCIDENTS}::test_a_state_folder_that_can_not_be_written_is_told_and_another_takes_it",
    ),
}

TYPED_OF_INCIDENTS: dict[str, tuple[str, ...]] = {
    "half-way, and left … half-restored: pryv-tui recover": (
        "tests/incidents/test_journey.py::"
        "test_a_loss_is_one_incident_from_the_first_look_to_the_report",
    ),
    "No complete backup… was taken since all roles … (…): pryv-tui backup": REPORTED,
    "the incident …, to which this belongs: pryv-tui report …": (
        "tests/incidents/reported/test_report_of_runs.py"
        "::test_runs_take_the_outage_from_their_incident",
    ),
    "did not serve; if somebody knows it": REPORTED,
    "pryv-tui incident declare --lost-at TIME": REPORTED,
    "Since the … … the running platform was not checked for what the timing gap cost": REPORTED,
    "pryv-tui audit --live": REPORTED,
    ": pryv-tui audit… --live --all": (
        f"{INCIDENTS}::test_a_report_names_whose_data_is_lost_and_how_the_others_are_told",
    ),
    "The incident is open: pryv-tui incident close, when it is over": REPORTED,
    "Write down what you see: pryv-tui incident note TEXT": (
        f"{INCIDENTS}::test_what_a_refusal_says_of_an_incident_can_be_done",
    ),
    "The alarm for that stays, and no new incident opens for it: pryv-tui status": (
        f"{INCIDENTS}::test_what_a_refusal_says_of_an_incident_can_be_done",
    ),
}
"""Where that stands elsewhere than in a remedy."""
