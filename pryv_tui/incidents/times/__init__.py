"""When each role was down, and for how long."""
