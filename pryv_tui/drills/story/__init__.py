"""The story of a scenario as it is played: pure, told by the events of its journal alone."""
