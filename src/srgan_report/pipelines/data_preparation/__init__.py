"""Holds photographs out for validation, and cuts the crops that every method is judged on."""
