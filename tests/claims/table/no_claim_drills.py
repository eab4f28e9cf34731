"""What claims nothing: drills."""

NO_CLAIM: dict[str, dict[str, str]] = {
    "drills/record/closing.py": {
        "nothing in it reaches anything outside": (
            "a criterion by which a drill is judged afterwards"
        ),
        "Nothing of the sandbox is left": "a criterion by which a drill is judged afterwards",
        "all its roles": "what a drill is about, as it was asked for",
    },
    "drills/report/page.py": {
        "To see findings added or closed since": "names a command that shows them",
        "What would have been lost": "a heading",
        "; none is set for the": "says which target nobody has set",
        "none is set": "says that nobody has set a target",
        "up to the last check": "names a span of time",
    },
    "drills/scenarios/checking.py": {
        "`grow` makes nothing": "tells what is wrong with a scenario's file",
        "nothing is remembered as": "tells what is wrong with a scenario's file",
        "nothing shows that the end": "tells what is wrong with a scenario's file",
        "It takes nothing.": "tells what a word of a scenario's file takes",
        "of the gate … names nothing": "tells what is wrong with a scenario's file",
        "nothing is put in the place of": "tells what is wrong with a scenario's file",
    },
    "drills/scenarios/model.py": {
        "size up": "the name of a phase",
        "clean up": "the name of a phase",
    },
    "drills/times.py": {
        "nothing was executed, so there": "says why there is no figure",
    },
    "operations/guards/drill.py": {
        "a practice platform needs none": "says why a check does not apply",
    },
    "operations/steps/drilling/in_sandbox.py": {
        "Check that the databases of … are up": "the title of a step",
    },
    "operations/steps/drilling/prove_isolation.py": {
        "Prove that nothing in the sandbox": "the title of a step",
    },
    "operations/steps/drilling/read_services.py": {
        "it tells nothing about an account without": "says what was not asked",
    },
    "tui/text/drill.py": {
        "nothing is executed": "a choice's help",
    },
    "drills/findings.py": {
        "See what was done: pryv-tui": "names a command that shows it",
        "To see the findings: pryv-tui drill actions --all": "names a command that shows them",
    },
}
