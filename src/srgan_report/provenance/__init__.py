"""What a run was made from: code, packages, machine, and fingerprints of data and weights."""
