"""What search knows: the words of each post and person, written when they change."""

from collections.abc import Iterable

from django.db import transaction

from accounts.models import User
from feed.search import fulltext, months
from feed.search.fulltext import Text
from posts.models import Photo, Post, PostTopic


@transaction.atomic
def index_post(post_id: int) -> None:
    """Bring the words of a post up to date; those of one that is gone leave the index."""
    # Behind its lock, or a worker that read earlier could write later than another.
    published = Post.objects.filter(pk=post_id, state=Post.State.PUBLISHED)
    post = published.select_for_update(no_key=True).first()
    alt_texts = Photo.objects.filter(post=post_id).order_by("position")
    topics = PostTopic.objects.filter(post=post_id)
    text = Text([])
    if post:
        text = text_of_post(
            post,
            alt_texts.values_list("alt_text", flat=True),
            topics.values_list("topic_id", flat=True),
        )
    fulltext.write(fulltext.POSTS, post_id, text)


@transaction.atomic
def index_person(person_id: int) -> None:
    """Bring the names of a person up to date."""
    person = User.objects.select_for_update(no_key=True).filter(pk=person_id).first()
    text = text_of_person(person) if person else Text([])
    fulltext.write(fulltext.PEOPLE, person_id, text)


def text_of_post(post: Post, alt_texts: Iterable[str], topics: Iterable[int]) -> Text:
    """What is indexed of a post: title, caption and the descriptions, and what filters ask for."""
    described = " ".join(alt_texts)
    marks = [f"@{post.author_id}", *(f"#{topic}" for topic in topics)]
    marks += months.marks_of(post.published_at, post.pk)
    return Text(
        [post.title, post.caption, described], [*marks, "!alt"] if described.strip() else marks
    )


def text_of_person(person: User) -> Text:
    """What is indexed of a person: both of their names."""
    return Text([f"{person.username} {person.display_name}"])
