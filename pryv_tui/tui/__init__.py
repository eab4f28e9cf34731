"""The terminal interface: a view of the platform, of plans and of journals. It holds no rules."""
