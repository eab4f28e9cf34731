"""For how long what was down."""
