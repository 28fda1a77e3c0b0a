"""What a person says about themself."""

from django.db import transaction

from accounts.models import User
from notes_site import events


@transaction.atomic
def change_profile(*, person: User, display_name: str, bio: str) -> None:
    """Write a person's name and bio; pages that show the name are made anew."""
    User.objects.filter(pk=person.pk).update(display_name=display_name, bio=bio)
    events.record("user.changed", person.pk)
