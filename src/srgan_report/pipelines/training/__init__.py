"""Training of one variant."""
