"""Settings: the configuration file, options and environment, and the rules that they set."""
