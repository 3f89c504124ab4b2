"""What is shown of a run: figures, the report's tables and sentences, model cards."""
