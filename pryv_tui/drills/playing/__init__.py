"""Play a scenario: its effects on a throw-away practice platform, its journal, its end."""
