"""What the notebook says: sentences and tables of ``Results``; nothing here knows Kedro or draws."""

from srgan_report.reporting.text.results import Results

__all__ = ["Results"]
