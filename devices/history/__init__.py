"""What was said, kept: hot rows today, read through one door."""
