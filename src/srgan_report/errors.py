"""The one exception that a user is meant to read."""


class InputError(ValueError):
    """Input that a user can mend: its message names what is wrong and what to do.

    The command line prints it as one line and exits with status 1, without a stack trace.
    """
