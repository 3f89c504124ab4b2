"""Writes what was measured or trained into README.md and docs."""
