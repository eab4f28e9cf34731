"""Words of the screens. Pure."""
