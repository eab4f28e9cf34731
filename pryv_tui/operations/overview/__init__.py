"""What an operator sees first."""
