"""Who stands for a drill's record: signed, countersigned, and verified by stock programs."""
