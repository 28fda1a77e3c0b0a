"""What every request reads about its person for the feed (accounts/login/signed_in.py)."""

from django.db.models import Exists, OuterRef, Q

from accounts.login import signed_in
from accounts.models import User
from feed.models import MutedTopic, MutedWord, TopicFollow


def has_topic_tabs() -> Q:
    """Whether the person of the row pinned a topic as a tab."""
    return Q(Exists(TopicFollow.objects.filter(person=OuterRef("pk"), pinned_at__isnull=False)))


def mutes_subjects() -> Q:
    """Whether the person of the row muted a topic or a word."""
    topics = Exists(MutedTopic.objects.filter(person=OuterRef("pk")))
    return Q(topics) | Q(Exists(MutedWord.objects.filter(person=OuterRef("pk"))))


def mutes_any_subject(viewer: User) -> bool:
    """The same of somebody at hand: without a query in a request of their own."""
    if viewer.facts:
        return viewer.facts.mutes_subjects
    return User.objects.filter(mutes_subjects(), pk=viewer.pk).exists()


signed_in.questions.update(has_topic_tabs=has_topic_tabs, mutes_subjects=mutes_subjects)
