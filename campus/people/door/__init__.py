"""The door: passwords, the second step, a forgotten password, and who guesses."""
