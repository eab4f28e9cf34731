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
        "says how something is taken back",
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
        "tells what is wrong with what was typed",
        "says what a setting is for",
        "says what a program of Pryv.io is for",
        "says which target nobody has set",
        "says that nobody has set a target",
        # Says itself that it is not all, or not known.
        "says how a time was taken",
        "says that it is not known",
        "says that it is not whole",
        "says that it may be otherwise",
        "says that not all passed",
        "says that not all was taken",
        "says what can't be done",
        "says what could not be checked in full",
        "says what does not run",
        "says what is not compared",
        "says what is not known",
        "says what was not asked",
        "says what was not done",
        "says why a duration is not known",
        "says why a check does not apply",
        "says why there is no figure",
    }
)
DECIDED_BY = ("drills/", "incidents/", "operations/", "runs/", "tui/text/")
"""Where results, attention, recovery, reports and the pages before a restore are worded."""

# What no test has made false so far. It may only become less: a new sentence is held to a test from
# its first day.

IN_A_REMEDY: dict[str, tuple[str, ...]] = {
    "drills/findings.py": ("See what was done: pryv-tui drill actions --all",),
    "drills/record/signing.py": ("It stays in the list of what i",),
    "drills/report/page.py": ("What was found or done after t",),
    "drills/signing/order.py": (
        "Put … back from a copy of the",
        "Put … and … back from a copy o",
    ),
    "incidents/report/remaining.py": (
        ": pryv-tui audit… --live --all",
        "No complete backup… was taken",
    ),
    "operations/acceptance.py": ("Nothing has been accepted here.",),
    "operations/adopting/folder.py": ("Name the folder by its whole path.",),
    "operations/commands.py": (
        "Wait for it: one that only loo",
        "Wait until it is over. If nobo",
        "It writes no dump folder, and",
        "Whether it still runs: pryv-tu",
    ),
    "operations/guards/backup.py": (
        "Stop what runs in it, give the",
        "Bring its services up (run-pry",
    ),
    "operations/guards/compose.py": (
        "Bring these containers up firs",
        "Bring it up by hand after the",
    ),
    "operations/guards/containers.py": ("Use --hold everything, or look",),
    "operations/guards/disks.py": ("Mount it: …; where there is no",),
    "operations/guards/host.py": ("Back them up apart, and say so in your plan.",),
    "operations/guards/restore.py": (
        "…. Where none of it is wanted: …; then try again.",
        "Bring up the set's release fir",
    ),
    "operations/kinds/drill.py": ("It held nothing of the platfor",),
    "operations/lost/words.py": (
        "Nothing has to be done if that",
        "…. Where … moved away on purpo",
    ),
    "operations/overview/attention.py": ("The files of … are not there:",),
    "operations/overview/serving_words.py": ("Bring it back from a set that",),
    "operations/plans/backup_hold.py": ("Declare its host in the config",),
    "operations/plans/container.py": ("pryv-tui status shows those th",),
    "operations/plans/release.py": ("There is nothing to release; w",),
    "operations/plans/verify.py": ("It is no complete set: nothing",),
    "operations/root/stopped.py": ("The folder that it writes to w",),
    "operations/sets/missing_roles.py": ("all of it",),
    "operations/sets/no_set.py": ("… … lost, and a backup taken n",),
    "operations/sets/targets.py": (
        "Omit --role, or name all of them.",
        "Omit --role, or name all of them: ",
    ),
    "operations/sets/verify.py": ("It is no complete set: nothing",),
    "operations/site.py": ("See that all that lies there i",),
    "operations/steps/bringing_back/release_aside.py": ("Nothing was removed. See what it is: …",),
    "operations/steps/drilling/bring_up.py": ("Bring up",),
    "operations/steps/services/hold_platform.py": ("Read its log: …; or back up wi",),
    "operations/steps/sets/verify_set.py": ("The repository may hold it who",),
    "operations/steps/taking/check_store.py": ("…: the SQLite file … is damage",),
    "operations/steps/taking/copy_root.py": ("…: …: nothing was linked to th",),
    "operations/steps/taking/prepare_dump.py": (
        "What it held before lies whole in … and …: pryv-tui recover",
    ),
    "operations/stores/mongo_words.py": ("If it held accounts, a set bri",),
    "runs/accepting.py": ("Nothing can be now; what there is, says: pryv-tui doctor",),
    "runs/start.py": ("There is nothing to cancel: pryv-tui runs",),
    "runs/worker/guardian.py": ("Read its log: …; or back up wi",),
}
"""Those that stand in a remedy or beside a command: that is performed, and the words are not looked
at."""
EXCUSED: dict[str, tuple[str, ...]] = {
    "operations/services/rescue.py": (
        "… is left in … on …; nothing needs it",
        "what Redis on … held lies in …",
    ),
    "operations/sets/known_good.py": ("its last check found what is in none of its lists",),
    "operations/steps/bringing_back/bring_files.py": (
        "no file of … in the set is meant by that",
        "… is nothing that a run left",
    ),
    "operations/steps/drilling/erased_since.py": ("no account in it says when it was registered",),
    "operations/steps/services/start_services.py": ("…: bringing up … from the root's files",),
    "operations/steps/sets/check_set.py": (
        "In none of its lists, and not restored (…):",
        "… is in none of its lists, and not restored",
    ),
    "operations/steps/sets/verify_set.py": (
        "lists: it is not restored. See",
        "… is in none of the set's lists: it is not restored",
    ),
    "operations/steps/taking/audit_gap.py": ("… missing whose event is in th",),
    "operations/stores/base.py": ("the set holds a link in place",),
    "operations/stores/influxdb.py": (
        "it printed nothing",
        "InfluxDB does not answer; infl",
    ),
    "operations/stores/mongo_counts.py": ("MongoDB is compared by its ser",),
    "operations/stores/mongo_words.py": (
        "… said nothing that is understood of ……",
        "…: mongodump said …, … none",
        "mongorestore did not say how m",
        "it printed nothing",
    ),
    "operations/stores/mongodb.py": (
        "mongodump said nothing of it that is understood",
        "MongoDB could not be asked whi",
        "MongoDB could not be asked how",
    ),
    "operations/stores/redis.py": ("Redis runs without its append-",),
    "runs/left.py": ("… … in its journal can't be ou",),
    "tui/text/audit.py": ("The whole list: …",),
    "tui/text/comparing.py": ("…, so nothing is ticked: tick what is to go back to the set.",),
    "tui/text/sets.py": ("it says nothing of itself",),
}
"""Those that a table excuses for a reason that says how things are."""
