"""What the feed does when something happened in a lower room."""

from feed import scoring
from feed.search import indexing
from notes_site.models import Event
from notes_site.queue.events import handles


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


@handles("post.published", "post.changed", "post.deleted")
def score_older(event: Event) -> None:
    """Score again what its author posted shortly before; safe to run twice."""
    scoring.score_older(event.subject_id)


@handles("post.published", "post.changed", "post.deleted")
def index_words(event: Event) -> None:
    """Bring what search knows of the post up to date; safe to run twice."""
    indexing.index_post(event.subject_id)


@handles("user.joined", "user.changed")
def index_names(event: Event) -> None:
    """Bring what search knows of the person up to date; safe to run twice."""
    indexing.index_person(event.subject_id)
