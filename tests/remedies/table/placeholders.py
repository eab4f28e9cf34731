"""Which words in capitals stand in what the program advises, and why nobody who prints them could
have filled them in. A key is a part of the advice's own words, a `…` for what they are filled in
with."""

CHOSEN = "only who acts knows what to write, or which of their own files to give"

PLACEHOLDERS: dict[str, str] = {
    # What a person writes or decides.
    "pryv-tui incident note TEXT": CHOSEN,
    "pryv-tui incident note --incident … TEXT": CHOSEN,
    "pryv-tui incident note --decision 'TEXT'": CHOSEN,
    "pryv-tui incident declare TEXT": CHOSEN,
    "pryv-tui incident declare --lost-at TIME": "it is asked since no file and no engine tells it",
    "pryv-tui drill actions add … TEXT": CHOSEN,
    "pryv-tui drill watch --note TEXT": CHOSEN,
    "Say who does it, and until when: --owner NAME": CHOSEN,
    "Give only a name: --by NAME": CHOSEN,
    "Give the answers in a file: --answers FILE": CHOSEN,
    "pryv-tui drill … DRILL": "several are meant, and they are listed by the command behind it",
    # Whose key it is.
    "Name it: --key FILE, or `drill_key`": "it is asked since none is configured",
    "pryv-tui drill sign … --key KEY": "no key is configured there; where one is, none is advised",
    "pryv-tui drill review … --key KEY": "it has to be somebody else's than the operator's",
    "pryv-tui drill sign {} --key KEY": "whose signature it was that is in parts tells no file",
    "pryv-tui drill review {} --key KEY": "whose signature it was that is in parts tells no file",
    # A place that only who acts knows.
    "mv … ELSEWHERE": "where a damaged journal is kept for who can read it is theirs to say",
    "--dump influxdb=FOLDER": "the copy holds no dump of it: where another lies it does not tell",
    "--dump …=FOLDER": "the copy holds no dump of it: where another lies it does not tell",
    "pryv-tui adopt FOLDER": "a backup that was taken by hand lies where its maker has put it",
    "pryv-tui practice create FOLDER": "it is a new folder, of the learner's choice",
    "name the vault with its sets: --vault DIR": "no set is in the vault that is known",
    "name the vault that holds its sets: --vault DIR": "no set is in the vault that is known",
    "for another vault, add --vault DIR": "another vault than the known one",
    # What the table of errors says, which knows no one case.
    "pryv-tui containers start NAME --host HOST": "the table of errors; each case names them",
    "restic -r REPOSITORY snapshots": "the table of errors; each case names its repository",
    "docker context use NAME": "the names are Docker's, and listed by the command before it",
    # What could not be read.
    "Say which it is: --domain NAME": "the only name that was found can be none",
    "Name the platform: --domain NAME": "no name was found",
}
