"""Data loss in roles that are still here: essential files or store contents that are gone."""
