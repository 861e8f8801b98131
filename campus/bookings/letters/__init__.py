"""What people are told: letters, calendars, feeds, links that answer."""
