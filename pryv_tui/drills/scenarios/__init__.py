"""Scenarios: disasters described as data. They are files with a strictly checked format; some are
shipped with this program."""
