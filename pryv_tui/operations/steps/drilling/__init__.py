"""Steps of a drill: they make its sandbox, prove its isolation, use it, check it, and remove it."""
