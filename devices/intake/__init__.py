"""The way in: broker, listener, ingest, quarantine."""
