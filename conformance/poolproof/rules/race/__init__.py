"""RACE: race-freedom."""
