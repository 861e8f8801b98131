"""Sustainability reports: how energy flowed, what it cost, what it emitted. Pure parts first."""
