"""How good images are: metrics, tests, spectra, and tables of methods."""
