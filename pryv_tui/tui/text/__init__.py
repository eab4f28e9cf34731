"""The texts on the screens. Pure."""
