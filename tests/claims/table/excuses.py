"""For what reasons a sentence about all or nothing needs no test that makes it false, where people
decide by what is said: it says nothing of how things are, or says itself that it does not know.

What says what a check has found, what a set holds or lacks, what would come of something or what a
program has said, is held to a test, whatever reason somebody may give for it.
"""

EXCUSES = frozenset(
    {
        # Names, headings, words of others.
        "a heading",
        "a heading of an empty list",
        "a page's head",
        "a sum",
        "a word of docker-compose",
        "an empty list",
        "an option's name",
        "a choice's help",
        "how a container is started",
        "names a span of time",
        "the name of a phase",
        "the title of a step",
        "what a drill is about, as it was asked for",
        "what a state is compared with: it is not printed from here",
        "what a word means",
        # Asks for something.
        "asks a person, and says what to do where it is so",
        "asks for a word",
        "asks for an act",
        "asks for what is not known",
        "names a command that shows it",
        "names a command that shows them",
        "says until when an act is to be repeated",
        "says what to do in a case",
        "says when an act is right, which a person knows",
        "a criterion by which a drill is judged afterwards",
        # Tells what was typed or written wrong.
        "tells what a command lacks",
        "tells what a word is not",
        "tells what a word of a scenario's file takes",
        "tells what is wrong with a file",
        "tells what is wrong with a scenario's file",
        "says what a setting is for",
        "says what a program of Pryv.io is for",
        "says which target nobody has set",
        "says that nobody has set a target",
        # Says itself that it is not all, or not known.
        "says that it is not known",
        "says that it is not whole",
        "says that it may be otherwise",
        "says that not all was taken",
        "says what can't be done",
        "says what could not be checked in full",
        "says what does not run",
        "says what is not compared",
        "says what is not known",
        "says what was not asked",
        "says why a duration is not known",
        "says why a check does not apply",
        "says why there is no figure",
    }
)
DECIDED_BY = ("drills/", "incidents/", "operations/", "runs/", "tui/text/")
"""Where results, attention, recovery, reports and the pages before a restore are worded."""
