"""The usernames of people who left: nobody may pass for them for a while."""

from collections.abc import Iterable
from datetime import timedelta

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from leaving.models import DepartedUsername

# Nobody takes the name, and with it the mentions and links, right after somebody left.
KEPT_FROM_OTHERS = timedelta(days=90)


def validate_not_departed(username: str) -> None:
    """Raises ValidationError for the name of somebody who left less than 90 days ago."""
    kept = DepartedUsername.objects.filter(until__gt=timezone.now())
    if kept.filter(digest=digest_of(username)).exists():
        # The words for any taken name: who was here is nobody's to find out.
        raise ValidationError(_("A user with that username already exists."))


def reserve(usernames: Iterable[str]) -> None:
    """Let nobody take these names for 90 days."""
    until = timezone.now() + KEPT_FROM_OTHERS
    DepartedUsername.objects.bulk_create(
        [DepartedUsername(digest=digest_of(name), until=until) for name in usernames],
        update_conflicts=True,
        unique_fields=["digest"],
        update_fields=["until"],
    )


def forget() -> None:
    """Drop the names that anybody may have again."""
    DepartedUsername.objects.filter(until__lte=timezone.now()).delete()


def digest_of(username: str) -> str:
    """What is kept in place of a name; without the site's secret it can't be guessed back."""
    # The module's former name: any other salt would free the names that are kept already.
    return salted_hmac("leaving.names", username.lower(), algorithm="sha256").hexdigest()
