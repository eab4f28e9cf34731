"""Steps of a drill: they make, prove, use, check and remove its sandbox."""
