"""How what can be booked is used."""
