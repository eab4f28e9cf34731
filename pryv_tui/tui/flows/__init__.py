"""Acts that several screens offer: each is planned, confirmed and started here."""
