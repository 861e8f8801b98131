"""Who is there: from a message that nobody owns to a device that staff may accept. Pure."""
