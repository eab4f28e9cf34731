"""The screens of drills: choose one, play it, read one that was held."""
