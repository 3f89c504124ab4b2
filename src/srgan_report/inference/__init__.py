"""Trained generators at work: whole images in tiles, a user's own photographs, other formats."""
