"""What claims nothing: incidents, runs, Pryv.io itself, practice and sets."""

NO_CLAIM: dict[str, dict[str, str]] = {
    "hosts/sandbox/guard.py": {
        "nothing may start it by itself": "tells why an act is refused",
    },
    "incidents/acts.py": {
        "--lost-at: …": "an option's name",
        "but not which role is lost": "tells what a command lacks",
        "and no text was given to write": "tells what a command lacks",
    },
    "incidents/report/as_html.py": {
        "<!DOCTYPE html>": "a page's head",
    },
    "incidents/report/brief.py": {
        "What was lost": "a heading",
    },
    "incidents/report/page.py": {
        "What was lost": "a heading",
        "if somebody knows it": "asks for what is not known",
    },
    "platform/casualties.py": {
        "then its owner can sign up again": "says what an act is for",
    },
    "platform/gap.py": {
        "No user account can be made between": "says what is going to be held",
        "No attachment and no high-frequency data can come in": "says what is going to be held",
    },
    "platform/roles.py": {
        "backed up": "what a word means",
        "its content is backed up as a dump": "what a word means",
    },
    "platform/services.py": {
        "nobody can sign up, and apps": "what a service of Pryv.io is for",
        "nothing of this machine can be reached from outside": "what a service of Pryv.io is for",
        "signs accounts up": "what a service of Pryv.io is for",
        "nothing, unless they are administrators": "what a service of Pryv.io is for",
        "keeps the configuration of all machines": "what a service of Pryv.io is for",
        "nothing; the configuration can't be changed": "what a service of Pryv.io is for",
        "nothing; changes of the configuration": "what a service of Pryv.io is for",
    },
    "practice/acts.py": {
        "nothing: clear every fault": "what an act of practice takes",
        "The disaster: every container is gone": "what an act of practice does",
        "everything in its root.": "what an act of practice does",
    },
    "practice/faults.py": {
        "mongodump writes nothing": "what a fault of practice does",
    },
    "practice/simulated.py": {
        "lost: …": "names what was done on purpose",
        "every one": "names what was done on purpose",
    },
    "reading.py": {
        "which none of its kind is": "tells what is wrong with a file",
        "no file can have that name": "tells what is wrong with a name",
    },
    "runs/accepting.py": {
        "nothing named": "tells what a word is not",
    },
    "runs/half_done.py": {
        "if everything on it is lost, restore": "says what to do in a case",
    },
    "runs/left.py": {
        "Once everything that should run": "says what to do in a case",
    },
    "runs/worker/last_word.py": {
        "To see all that it printed: pryv-tui": "names a command that shows it",
    },
    "vault/files/copier.py": {
        "could not back it up (…): a copy": "says what could not be done",
        "could not back it up (…): copied": "says what could not be done",
    },
    "vault/guide/containers.py": {
        "--no-run-if-empty": "a line of a script",
    },
    "vault/guide/disks.py": {
        "This must print nothing": "says what a command must print",
    },
    "vault/guide/page.py": {
        "Check every file. This must print nothing": "says what a command must print",
        "This must print nothing either": "says what a command must print",
        "up -d --no-deps": "a line of a script",
        "Its exit code proves nothing": "says what is no proof",
    },
    "vault/restic/program.py": {
        "could not read everything": "says what could not be read",
    },
    "vault/restic/protocol.py": {
        "connection lost": "words of another program",
        " and said nothing": "says what a program said",
    },
    "runs/worker/guardian.py": {
        "or back up without holding": "asks for an act",
    },
}
