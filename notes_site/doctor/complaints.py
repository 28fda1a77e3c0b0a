"""What a check raises."""


class ComplaintError(Exception):
    """What is wrong and what to do about it."""


class CautionError(Exception):
    """What may be meant so, and what it means for visitors; no reason to exit with an error."""
