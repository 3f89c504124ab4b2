"""The paper's scale: its steps, very many records, and estimates from both."""
