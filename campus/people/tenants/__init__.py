"""Companies, and the mail domains whose people may join."""
