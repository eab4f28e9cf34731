"""The terminal interface: it shows the platform, plans and journals. It contains no rules."""
