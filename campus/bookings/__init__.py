"""Bookings: slots and policy are pure, the desk does the work, the database refuses an overlap."""
