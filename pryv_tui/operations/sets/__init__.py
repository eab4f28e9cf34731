"""Rules about sets: their platform, which may be removed, which shrank, where each part belongs."""
