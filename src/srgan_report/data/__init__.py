"""Photographs: read, decoded, split, and cut into the crops that networks learn from and are judged on."""
