"""What the feed does when something happened in a lower room."""

from feed import scoring
from notes_site.events import handles
from notes_site.models import Event


@handles(
    "post.published",
    "like.created",
    "like.removed",
    "comment.created",
    "comment.removed",
)
def score_again(event: Event) -> None:
    """Score the post anew from its rows; safe to run any number of times."""
    scoring.score(event.subject_id)
