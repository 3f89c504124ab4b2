"""The pipelines of the report, one package each."""
