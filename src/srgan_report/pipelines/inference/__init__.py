"""Trained generators at work: exported, saved as pretrained weights, or on a user's own photographs."""
