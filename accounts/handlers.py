"""What people's rooms do when something happened to a person."""

from accounts.models import User
from accounts.social import follows
from notes_site.models import Event
from notes_site.queue.events import handles


@handles("follow.requests_left")
def accept_waiting_requests(event: Event) -> None:
    """Accept requests to follow an account that is public now; safe to run twice."""
    # They may have made it private again by now.
    person = User.objects.filter(pk=event.subject_id, is_private=False).first()
    if person is not None:
        follows.accept_all(person)
