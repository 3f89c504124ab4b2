"""The figures and the report: the notebook, run on what is saved and rendered to HTML."""
