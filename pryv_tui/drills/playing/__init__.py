"""Play a scenario: its effects on a temporary practice platform, its journal, its end."""
