"""What log lines leave out."""

import logging


def without_visitors_tracebacks(record: logging.LogRecord) -> bool:
    """Take the traceback off a line about a request that was itself at fault; keep every line.

    A damaged link or a form too large to read is no fault of the site's, and anybody can send
    thousands of them.
    """
    if 400 <= getattr(record, "status_code", 0) < 500:
        record.exc_info = None
    return True
