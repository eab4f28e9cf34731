"""Data loss in roles that still exist: essential files or store contents that are gone."""
