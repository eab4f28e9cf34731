"""What nobody has seen noticed yet: drills."""

OWED: dict[str, dict[str, tuple[str, ...]]] = {
    "drills/playing/deeds.py": {
        "There was none to be freed.": (),
        "Nothing was left half-done.": (),
    },
    "drills/playing/looks.py": {
        "Nothing remains": (),
    },
    "drills/record/closing.py": {
        "there is nothing to record yet": (),
    },
    "drills/record/judging.py": {
        "nothing tells that the sandbox was taken down": (),
    },
    "operations/drilling/places.py": {
        "is mounted in the sandbox": (),
    },
    "operations/drilling/probing.py": {
        "nothing was tried from inside": (),
        "it has none": (),
    },
    "operations/guards/drill.py": {
        "none was made yet": (),
        "nothing can be made in": (),
    },
    "operations/kinds/drill.py": {
        "the drill has stopped and changed nothing of it": (),
    },
    "operations/plans/drill.py": {
        "a drill has nothing to bring up": (),
        "nothing of it is stopped or changed": (),
    },
    "operations/steps/drilling/in_sandbox.py": {
        "nothing without its other half": (),
        "there is nothing to compare it with": (),
    },
    "operations/steps/drilling/prove_isolation.py": {
        "none got out": (),
    },
    "tui/text/drill.py": {
        "nothing of yours is touched": (),
    },
}
