"""Rooms, printers, chargers and amenities: what can be booked, and where things hang."""
