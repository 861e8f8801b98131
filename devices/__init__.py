"""What the hub's things say: taken in, kept, and read again."""
