"""Which usernames may be taken, and where a name that was given up leads."""

from collections.abc import Callable

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.utils import timezone
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
        raise ValidationError(_("This name is kept for the site itself. Choose another."))


validators: list[Callable[[str], None]] = [
    RegexValidator(
        rf"^(?i:{PATTERN})\Z",
        _("A username has 3 to 30 letters (a to z), digits, full stops or underscores."),
    ),
    validate_not_reserved,
]


def current_username(username: str) -> str:
    """The name that somebody who gave this one up goes by now; the same name for every other.

    Whoever forwards to it asks `User.objects.visible_to(viewer)` first, so that an old name of
    somebody hidden tells nothing.
    """
    # The model of people itself needs the validators above.
    from accounts.models import FormerUsername

    former = FormerUsername.objects.filter(username=username.lower(), until__gt=timezone.now())
    return former.values_list("user__username", flat=True).first() or username


def is_given_up(username: str, *, by_others_than: int | None = None) -> bool:
    """Whether the name still leads to somebody who gave it up; one's own can be left out."""
    from accounts.models import FormerUsername

    former = FormerUsername.objects.filter(username=username.lower(), until__gt=timezone.now())
    if by_others_than is not None:
        former = former.exclude(user=by_others_than)
    return former.exists()
