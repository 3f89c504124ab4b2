"""What Kedro calls around a run: checks, provenance, what the terminal shows, configuration and session."""
