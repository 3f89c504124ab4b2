"""One training step by the project, the article and PyTorch, each in a process of its own."""
