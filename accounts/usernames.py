"""Which usernames may be taken."""

from collections.abc import Callable

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _

# Mentions end at a full stop, so a name neither begins nor ends with one.
PATTERN = r"[a-z0-9_](?:[a-z0-9_.]{1,28})[a-z0-9_]"
_RESERVED = """
about account accounts admin administrator api app explore feed help home login logout me
media moderator new notes notifications null owner root search security settings setup
signup site staff static support system topics undefined www
"""
RESERVED = frozenset(_RESERVED.split())


def validate_not_reserved(username: str) -> None:
    """Raises ValidationError for names that could pass for the site itself."""
    if username.lower() in RESERVED:
        raise ValidationError(_("This name is reserved for the site itself. Choose another one."))


validators: list[Callable[[str], None]] = [
    RegexValidator(
        # `\Z` because `$` would also match before a newline at the end.
        rf"^(?i:{PATTERN})\Z",
        _(
            "A username needs 3 to 30 characters: letters (a to z), digits, periods and"
            " underscores."
        ),
    ),
    validate_not_reserved,
]
