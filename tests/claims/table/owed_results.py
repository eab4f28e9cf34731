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
    "platform/services.py": {
        "everything else goes on": (),
    },
    "practice/acts.py": {
        "Nothing fails on purpose any more": (),
    },
    "runs/cancelling.py": {
        "Another cancel changes nothing": (),
    },
    "runs/half_done.py": {
        "services need to start; nothing is deleted": (),
        "Nothing that was moved aside is there": (),
        "Nothing is deleted, and no data is replaced": (),
    },
    "runs/lock.py": {
        "Nothing was changed": (),
    },
    "runs/record/chain.py": {
        "nothing here tells of it but": (),
    },
    "runs/start.py": {
        "Nothing was changed": (),
    },
    "runs/worker/process.py": {
        "…. Nothing was changed.": (),
    },
    "vault/guide/page.py": {
        "Move what is there aside. Nothing is deleted": (),
        "nothing to restore.": (),
    },
    "vault/restic/process.py": {
        "and there is none on this machine": (),
    },
}
