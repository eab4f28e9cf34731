"""Rules about sets: whose they are, which may go, which shrank, where each part belongs."""
