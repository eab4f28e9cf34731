"""Settings from the configuration file, options and environment, and the rules in them."""
