"""What the notebook says: sentences and tables of ``Results``; nothing here knows Kedro or draws."""
