"""What posts do when something happened to their author, or to one of them."""

from notes_site.models import Event
from notes_site.queue.events import handles
from posts.commenting import counts
from posts.models import Post
from posts.pipeline import recognition
from posts.pipeline.placement import request_placement_of_author


@handles("user.suspended", "user.restored", "user.leaving", "user.stayed", "user.audience_changed")
def move_media(event: Event) -> None:
    """Ask for the renditions of all the person's posts to be looked at; safe to run twice."""
    request_placement_of_author(event.subject_id)


@handles("user.changed")
def rebuild_cards(event: Event) -> None:
    """Cards and pages show the author's name: make them anew; safe to run twice."""
    Post.objects.filter(author=event.subject_id).bump()


@handles("post.hidden")
def hold_copies(event: Event) -> None:
    """Hold the copies of a removed picture that were locked while it was removed."""
    recognition.hold_copies(event.subject_id)


@handles("user.suspended", "user.restored", "user.leaving", "user.stayed")
def recount_comments_of(event: Event) -> None:
    """Count comments anew where the person wrote some; safe to run twice."""
    counts.recount_of(event.subject_id)


@handles("people.blocked", "people.unblocked")
def recount_comments_between(event: Event) -> None:
    """Count comments anew where one of the two wrote on the other's posts; safe to run twice."""
    counts.recount_between(event.subject_id, int(event.payload["blocked"]))
