"""The state of a scenario's story, computed from the events of its journal alone. Pure."""
