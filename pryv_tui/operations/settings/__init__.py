"""What this program is told: its configuration file, its options, and the rules that they set."""
