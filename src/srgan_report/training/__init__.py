"""The training of one variant: losses, one step, the loop, and what it resumes from."""
