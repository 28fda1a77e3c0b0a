"""Following, pinning and muting a topic."""

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django_htmx.http import trigger_client_event

from accounts.requests import MemberRequest
from feed import topics
from feed.topics import TopicRefusedError
from feed.views.access import known_topic
from notes_site.http.resources import resource
from notes_site.http.responses import is_delete, refuse_json, see_other, wants_json
from posts.models import Topic


@resource("topic")
def follow(request: MemberRequest, name: str) -> HttpResponse:
    """POST follows a topic, DELETE ends it. One more than the limit is refused with a sentence."""
    topic = known_topic(request, name)
    refused = _change(request, topic, topics.unfollow if is_delete(request) else topics.follow)
    return _refused(request, topic, refused) if refused else _button(request, topic)


@resource("topic")
def pin(request: MemberRequest, name: str) -> HttpResponse:
    """POST pins a topic as a tab of the stream, DELETE unpins it. A ninth is refused."""
    topic = known_topic(request, name)
    if is_delete(request):
        topics.unpin(person=request.user, topic=topic)
        return _said(request, topic, _("Unpinned. You still follow #%(name)s."))
    refused = _change(request, topic, topics.pin)
    if refused:
        return _refused(request, topic, refused)
    return _said(request, topic, _("#%(name)s is now a tab in your feed."))


@resource("topic")
def mute(request: MemberRequest, name: str) -> HttpResponse:
    """POST mutes a topic, DELETE unmutes it. One more than the limit is refused."""
    topic = known_topic(request, name)
    if is_delete(request):
        topics.unmute(person=request.user, topic=topic)
        return _said(request, topic, _("You unmuted #%(name)s."))
    refused = _change(request, topic, topics.mute)
    if refused:
        return _refused(request, topic, refused)
    return _said(request, topic, _("You muted #%(name)s. It won’t come up in your feed."))


def _change(request: MemberRequest, topic: Topic, change: Callable[..., bool]) -> str:
    """Make a change; why that can't be, as a sentence, '' when it could."""
    try:
        change(person=request.user, topic=topic)
    except TopicRefusedError as error:
        return error.sentence
    return ""


def _button(request: MemberRequest, topic: Topic, sentence: str = "") -> HttpResponse:
    """The button as it stands now, or the way back for a plain form."""
    if not request.htmx:
        if sentence:
            messages.warning(request, sentence)
        return see_other(request, topic.get_absolute_url())
    context = {"topic": topic.name, "standing": topics.standing(request.user, topic)}
    answer = render(request, "components/topic_button.html", context)
    return trigger_client_event(answer, "notes:say", {"sentence": sentence}) if sentence else answer


def _refused(request: MemberRequest, topic: Topic, sentence: str) -> HttpResponse:
    if wants_json(request):
        return refuse_json("topics", sentence, 422)
    return _button(request, topic, sentence)


def _said(request: MemberRequest, topic: Topic, words: str) -> HttpResponse:
    messages.success(request, words % {"name": topic.name})
    return see_other(request, topic.get_absolute_url())
