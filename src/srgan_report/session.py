"""A session of Kedro's with an id that runs beside it don't share."""

from datetime import UTC, datetime
from typing import Any

from kedro.framework.session import KedroSession
from kedro.io.core import VERSION_FORMAT


class Session(KedroSession):
    """Names its run, and with it the version of all that the run saves, to the microsecond.

    Kedro's own ids end at the millisecond, which processes that are started together may have in common.
    Their ``provenance``, the one dataset that every run saves, would then be one version, of the first alone.
    """

    def __init__(self, session_id: str, **kwargs: Any) -> None:
        """Begins a session.

        Args:
            session_id: Kedro's, of which the time is taken anew.
            **kwargs: As ``KedroSession`` takes them.
        """
        super().__init__(datetime.now(UTC).strftime(VERSION_FORMAT), **kwargs)
