"""Scenarios: disasters written down as data, read strictly; those that are shipped lie beside."""
