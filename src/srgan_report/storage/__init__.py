"""Where results are kept, and how they are written whole or not at all."""
