"""At the door: the display, checking in, and what stood on the wall."""
