"""The exceptions that a user is meant to read: each prints as one line, without a stack trace."""

import signal

MAX_NAMED = 10  # files that one message names; the others are counted


class InputError(ValueError):
    """Input that a user can mend: its message names what is wrong and what to do.

    The command line prints it as one line and exits with status 1, without a stack trace.
    """


class Interrupted(KeyboardInterrupt):
    """A run that was asked to stop, by Ctrl-C or by SIGTERM, and did so in good order.

    No ``Exception``, so that nothing takes it for a failure; the command line prints its message and exits
    with 128 and the number of the signal, as shells do.
    """

    def __init__(
        self, message: str, signal_number: int = signal.SIGINT, *, has_threads: bool = False
    ) -> None:
        """Takes the message for the user, which signal it was, and whether nodes still run in threads."""
        super().__init__(message)
        self.signal_number = signal_number
        self.has_threads = has_threads


def printable(name: str) -> str:
    """Gives a name as it is, or with escapes where it would break a line or can't be printed."""
    return name if name.isprintable() else repr(name)
