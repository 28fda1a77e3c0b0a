"""What a person chose to see in their feed and what not, as it stands in their download."""

from collections.abc import Iterator

from accounts.models import User
from feed.models import DismissedSuggestion, MutedTopic, MutedWord, TopicFollow
from leaving.rows import Row, iso_time


def topics(person: User) -> Iterator[Row]:
    """The topics the person follows, and which of them are tabs."""
    found = TopicFollow.objects.filter(person=person).select_related("topic")
    for each in found.order_by("pk").iterator():
        yield {
            "topic": each.topic.name,
            "created_at": iso_time(each.created_at),
            "pinned_at": iso_time(each.pinned_at),
        }


def muted_topics(person: User) -> Iterator[Row]:
    """The topics the person muted."""
    found = MutedTopic.objects.filter(person=person).select_related("topic")
    for each in found.order_by("pk").iterator():
        yield {"topic": each.topic.name, "created_at": iso_time(each.created_at)}


def muted_words(person: User) -> Iterator[Row]:
    """The words the person muted, as they wrote them."""
    for each in MutedWord.objects.filter(person=person).order_by("pk").iterator():
        yield {"word": each.written, "created_at": iso_time(each.created_at)}


def dismissed(person: User) -> Iterator[Row]:
    """The people whom the person doesn't want to be suggested again."""
    found = DismissedSuggestion.objects.filter(person=person).select_related("other")
    for each in found.order_by("pk").iterator():
        yield {"username": each.other.username, "created_at": iso_time(each.created_at)}
