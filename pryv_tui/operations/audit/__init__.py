"""What the gap cost: told from a set, or asked of what runs."""
