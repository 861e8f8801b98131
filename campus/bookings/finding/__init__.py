"""Where a wish fits: times and rooms that are free, ranked."""
