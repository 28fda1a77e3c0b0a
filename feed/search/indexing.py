"""What search knows: the words of each post and person, written when they change."""

from django.db import transaction

from accounts.models import User
from feed.search import fulltext
from posts.models import Photo, Post


@transaction.atomic
def index_post(post_id: int) -> None:
    """Bring the words of a post up to date; those of one that is gone leave the index."""
    # Behind its lock, or a worker that read earlier could write later than another.
    published = Post.objects.filter(pk=post_id, state=Post.State.PUBLISHED)
    post = published.select_for_update(no_key=True).first()
    alt_texts = Photo.objects.filter(post=post_id).values_list("alt_text", flat=True)
    fulltext.write(fulltext.POSTS, post_id, [post.title, post.caption, *alt_texts] if post else [])


@transaction.atomic
def index_person(person_id: int) -> None:
    """Bring the names of a person up to date."""
    person = User.objects.select_for_update(no_key=True).filter(pk=person_id).first()
    names = [person.username, person.display_name] if person else []
    fulltext.write(fulltext.PEOPLE, person_id, names)
