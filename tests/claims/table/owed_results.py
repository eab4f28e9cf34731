"""What nobody has seen noticed yet: incidents, runs, Pryv.io itself, practice and sets."""

OWED: dict[str, dict[str, tuple[str, ...]]] = {
    "incidents/files.py": {
        "nothing of the incident was written": (),
    },
    "incidents/report/remaining.py": {
        "The newest whole set of … is …, of …": (),
        "asked since all": (
            "tests/incidents/test_order_of_times.py"
            "::test_an_undo_that_was_not_asked_after_leaves_nothing_proved",
        ),
    },
    "incidents/report/timeline.py": {
        "nothing lacks its": (),
    },
    "platform/casualties.py": {
        "inside the set no casualty was found in what was counted": (),
    },
    "platform/gap.py": {
        "without its event: nothing came in while core was taken": (
            "tests/claims/test_made_false.py"
            "::test_no_account_is_lost_only_where_none_could_come_in",
        ),
    },
    "platform/services.py": {
        "everything else goes on": (),
    },
    "practice/acts.py": {
        "Nothing fails on purpose any more": (),
    },
    "practice/platform.py": {
        "on …: nothing new can be made": (),
        "has no container of …: nothing new can be made": (),
    },
    "runs/cancelling.py": {
        "Another cancel changes nothing": (),
    },
    "runs/half_done.py": {
        "services need to start; nothing is deleted": (),
        "Nothing that was moved aside is there": (),
        "Nothing is deleted, and no data is replaced": (
            "tests/remedies/test_going_on.py::test_what_a_dead_run_left_is_recovered",
        ),
    },
    "runs/lock.py": {
        "Nothing was changed": (),
    },
    "runs/record/chain.py": {
        "nothing here tells of it but": (),
    },
    "runs/record/older.py": {
        "there is nothing to undo": (
            "tests/runs/test_words_decide_nothing.py::test_an_older_journal_is_judged_as_before",
        ),
    },
    "runs/start.py": {
        "Nothing was changed": (),
    },
    "runs/worker/closing.py": {
        "… were compared, and nothing there was newer": (
            "tests/operations/comparing/test_newer.py"
            "::test_an_undo_says_that_nothing_was_newer_only_where_all_was_compared",
        ),
    },
    "runs/worker/guardian.py": {
        "nothing was held": (
            "tests/journeys/test_gap.py::test_nothing_is_held_without_a_guardian",
        ),
    },
    "runs/worker/process.py": {
        "…. Nothing was changed.": (
            "tests/cli/test_runs.py::test_what_a_restore_refuses_and_that_it_changes_nothing",
        ),
    },
    "vault/beside/pins.py": {
        "and nothing is written over that": (
            "tests/vault/beside/test_pins.py::test_what_can_not_be_read_counts_as_pinned",
        ),
    },
    "vault/guide/page.py": {
        "Move what is there aside. Nothing is deleted": (),
        "nothing to restore.": (),
    },
    "vault/restic/process.py": {
        "and there is none on this machine": (
            "tests/restic/test_program.py::test_a_folder_that_vanished_is_no_missing_restic",
        ),
    },
}
