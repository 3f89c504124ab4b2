"""Evaluation of variants and baselines: on validation crops, against each other, on benchmark sets."""
