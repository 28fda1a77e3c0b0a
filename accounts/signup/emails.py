"""What people are told by email about their sign-up; nothing where the site sends no mail."""

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import User
from notes_site.mail import templated
from notes_site.models import Event
from notes_site.queue.events import handles


@handles("sign_up.approved")
def send_approval(event: Event) -> None:
    """Tell them that they can sign in; run twice, at worst it says so twice."""
    person = User.objects.filter(pk=event.subject_id, is_active=True).first()
    if person is None or not person.email:
        return
    templated.send(
        to=person.email,
        subject=_("You’re in"),
        template="accounts/mail/approved.txt",
        context={
            "username": person.username,
            "login_url": f"{settings.SITE_URL}{reverse('account_login')}",
        },
    )


@handles("sign_up.refused")
@transaction.atomic
def send_refusal(event: Event) -> None:
    """Tell them that their account was erased, and forget where they were told."""
    if email := event.payload.get("email"):
        templated.send(
            to=email,
            subject=_("Your request to join"),
            template="accounts/mail/declined.txt",
            context={"username": event.payload.get("username", "")},
        )
    Event.objects.filter(pk=event.pk).update(payload={})
