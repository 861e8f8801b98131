"""The pages on which members look after their own account."""
