"""What each kind of thing makes of its readings."""
