"""The one door from an address to a topic."""

from django.http import Http404
from django.shortcuts import get_object_or_404

from accounts.requests import MemberRequest
from feed import topics
from feed.stream import candidates
from posts.models import Topic
from posts.text.tags import topic_name


def known_topic(request: MemberRequest, name: str) -> Topic:
    """A topic with a post that the viewer may see, or one that they follow or muted before.

    404 for any other, as for a word that nobody ever used.
    """
    found = get_object_or_404(Topic, name=topic_name(name))
    shown = candidates.is_shown(found, request.user)
    if not shown and not topics.standing(request.user, found).kept:
        raise Http404
    return found
