"""Tables of the report, from ``Results``."""
