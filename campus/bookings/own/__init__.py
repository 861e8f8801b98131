"""One's own bookings, one booking, and the links that answer by mail."""
