"""Speed and memory of the project, and what becomes of the measurements."""
