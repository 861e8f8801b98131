"""The audit: read, filtered, exported."""
