"""Series: rules of repetition, their turns, and what an edit makes of them, all pure."""
