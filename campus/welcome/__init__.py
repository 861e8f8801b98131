"""The first page of a new campus: it gets its name, its administrator and its rooms."""
