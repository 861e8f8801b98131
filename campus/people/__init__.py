"""Members, their roles, their sign-in and their tokens."""
