"""Who, where and when: people, spaces and bookings, and what every other part stands on."""
