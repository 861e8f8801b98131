"""What people look at: live pages, charts, reports."""
