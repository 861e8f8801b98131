"""How somebody becomes a member."""
