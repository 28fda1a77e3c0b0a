"""The settings page of topics and words: which a member mutes, and which topics they follow."""

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.requests import MemberRequest
from feed import muting, topics
from feed.models import MutedTopic, MutedWord, TopicFollow
from feed.muting import WordRefusedError
from feed.stream import candidates
from feed.topics import TopicRefusedError
from notes_site.http.rate_limits import count
from notes_site.http.resources import resource
from notes_site.http.responses import is_delete, see_other
from posts.models import Topic
from posts.text.tags import HASH, topic_name


@require_http_methods(["GET", "HEAD", "POST"])
def muted(request: MemberRequest) -> HttpResponse:
    """What the viewer muted and which topics they follow; POST mutes a word or a #topic."""
    typed, problem = "", ""
    if request.method == "POST":
        count(request, "topic")
        typed = request.POST.get("text", "").strip()
        problem = _mute(request, typed)
        if not problem:
            messages.success(request, _("Muted. Nobody will be notified."))
            return HttpResponseRedirect(reverse("feed:muted"), status=303)
    newest = ("-created_at", "-pk")
    me = request.user
    context = {
        "words": MutedWord.objects.filter(person=me).order_by(*newest),
        "muted": MutedTopic.objects.filter(person=me).select_related("topic").order_by(*newest),
        "follows": TopicFollow.objects.filter(person=me).select_related("topic").order_by(*newest),
        "typed": typed,
        "problem": problem,
    }
    return render(request, "feed/muted.html", context, status=422 if problem else 200)


@resource("topic")
def word(request: MemberRequest, word_id: int) -> HttpResponse:
    """DELETE unmutes a word; 404 for anybody else's."""
    if not is_delete(request):
        return HttpResponseNotAllowed(["DELETE"])
    if not muting.unmute_word(person=request.user, word_id=word_id):
        raise Http404
    messages.success(request, _("Unmuted."))
    return see_other(request, reverse("feed:muted"))


def _mute(request: MemberRequest, text: str) -> str:
    """Mute what was typed; why that can't be, as a sentence, '' when it could."""
    try:
        if text[:1] in tuple(HASH) and topic_name(text[1:]):
            return _mute_topic(request, topic_name(text[1:]))
        muting.mute_word(person=request.user, text=text)
    except (TopicRefusedError, WordRefusedError) as error:
        return error.sentence
    return ""


def _mute_topic(request: MemberRequest, name: str) -> str:
    topic = Topic.objects.filter(name=name).first()
    if topic is None or not candidates.is_shown(topic, request.user):
        words = _("No post you can see has #%(name)s. Leave out the # to mute it as a word.")
        return words % {"name": name}
    topics.mute(person=request.user, topic=topic)
    return ""
