"""The composer: files and words become a draft, a scheduled post or a post, and change one."""

import re
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.requests import MemberRequest
from notes_site.http.rate_limits import count
from notes_site.http.responses import wants_json
from notes_site.ids import decode, random_key
from posts import limits
from posts.authoring.contents import StaleError, UploadGoneError
from posts.authoring.forms import PostForm
from posts.authoring.post_changes import CHANGEABLE, change_post
from posts.authoring.publishing import create_post
from posts.models import Post, Upload
from posts.models.post import UNPUBLISHED
from posts.pipeline import recognition
from posts.views.access import own_post, own_unpublished
from posts.views.submission import (
    Submission,
    keep_what_is_there,
    receive,
    require_photos,
    submission_of,
)

# Where the system has no MIME type for HEIC, only the extensions let such a file be chosen.
ACCEPT = "image/jpeg,image/png,image/webp,image/gif,image/heic,image/heif,image/avif,.heic,.heif"
# What the buttons of the form ask for, and the state it leads to.
SAVES = {
    "publish": Post.State.PROCESSING,
    "draft": Post.State.DRAFT,
    "schedule": Post.State.SCHEDULED,
}
OTHER_DRAFTS = 5


@dataclass
class Composition:
    """One visit to the composer: the form, its photos, and the post they are of, if any."""

    request: MemberRequest
    form: PostForm
    submission: Submission
    key: str
    post: Post | None = None

    @property
    def revision(self) -> int:
        """The revision that the form is made from when it is shown again."""
        return self.post.revision if self.post else 0

    def page(self, status: int = 200) -> HttpResponse:
        """The form with everything typed and every good file kept."""
        for sentence in self.submission.problems:
            self.form.add_error(None, sentence)
        return render(self.request, "posts/new.html", _context(self), status=status)


@require_http_methods(["GET", "POST"])
def new(request: MemberRequest) -> HttpResponse:
    """The composer. POST → 303 to the post; 422 with everything typed and every good file kept."""
    if request.method == "GET":
        return _opened(request).page()
    save = request.POST.get("save", "")
    state = SAVES.get(save, Post.State.PROCESSING)
    # Drafts save themselves while somebody types, so they have a higher limit.
    count(request, "draft" if state == Post.State.DRAFT else "publish")
    key = _submission_key(request) or random_key()
    post = _submitted(request, key)
    if post and post.state not in UNPUBLISHED:
        if state != Post.State.DRAFT and request.POST.get("revision") == str(post.revision):
            # Its time came while the form was open: what was typed since then changes it.
            return edit(request, post.pk)
        # A second click, or another tab: the form made its post already.
        return _saved(request, post, state)
    form = PostForm(request.POST, instance=_copy(post), author=request.user)
    composition = Composition(request, form, receive(request, post), key, post)
    if state != Post.State.DRAFT:
        require_photos(composition.submission)
        form.require_list()
    if form.is_valid() and state == Post.State.SCHEDULED:
        form.require_time()
    if form.is_valid() and composition.submission.is_good:
        return _create(composition, state)
    return _refused(composition)


@require_http_methods(["GET", "POST"])
def edit(request: MemberRequest, post_id: int) -> HttpResponse:
    """The same page for a post that is published; 422 with everything typed."""
    post = own_post(request, post_id)
    if post.state in UNPUBLISHED:
        return redirect(_draft_url(post))
    if request.method == "GET":
        return Composition(request, _form_of(request, post), submission_of(post), "", post).page()
    count(request, "publish")
    form = PostForm(request.POST, instance=_copy(post), author=request.user)
    composition = Composition(request, form, receive(request, post), "", post)
    require_photos(composition.submission)
    form.require_list()
    if not form.is_valid() or not composition.submission.is_good:
        return _refused(composition)
    try:
        change_post(
            post,
            photos=composition.submission.photos,
            revision=form.cleaned_data["revision"],
            **form.words(),
        )
    except (StaleError, UploadGoneError) as error:
        return _overtaken(composition, error)
    messages.success(request, _("Your post is saved."))
    return HttpResponseRedirect(post.get_absolute_url(), status=303)


def _create(composition: Composition, state: Post.State) -> HttpResponse:
    request, form = composition.request, composition.form
    try:
        post = create_post(
            author=request.user,
            photos=composition.submission.photos,
            submission_key=composition.key,
            state=state,
            publish_at=form.cleaned_data["publish_at"] if state != Post.State.PROCESSING else None,
            revision=form.cleaned_data["revision"],
            **form.words(),
        )
    except (StaleError, UploadGoneError) as error:
        return _overtaken(composition, error)
    return _saved(request, post, state)


def _saved(request: MemberRequest, post: Post, asked: Post.State) -> HttpResponse:
    if wants_json(request):
        if asked == Post.State.DRAFT and post.state not in UNPUBLISHED:
            return _too_late(post)
        url = _draft_url(post) if post.state in UNPUBLISHED else post.get_absolute_url()
        return JsonResponse({"id": post.code, "revision": post.revision, "url": url})
    if post.state == Post.State.DRAFT:
        messages.success(request, _("Your draft is saved. Only you see it."))
    return HttpResponseRedirect(post.get_absolute_url(), status=303)


def _refused(composition: Composition) -> HttpResponse:
    """422 (507 with a full disk): the page again, or for a script each sentence by its field."""
    if not wants_json(composition.request):
        return composition.page(composition.submission.status)
    for sentence in composition.submission.problems:
        composition.form.add_error(None, sentence)
    found = composition.form.errors.get_json_data()
    errors = {name: " ".join(each["message"] for each in found[name]) for name in found}
    errors |= dict(composition.submission.refused)
    answer = {"code": "invalid", "error": " ".join(errors.values()), "fields": errors}
    return JsonResponse(answer, status=composition.submission.status)


def _too_late(post: Post) -> HttpResponse:
    """A draft that saves itself changes nothing that others see, and must not pass for saved."""
    sentence = _(
        "This post is already published, so nothing was saved here. What you typed is still on"
        " this page: copy it, and edit the post itself."
    )
    url = post.get_absolute_url()
    answer = {"code": "published", "error": sentence, "revision": post.revision, "url": url}
    return JsonResponse(answer, status=409)


def _overtaken(composition: Composition, error: StaleError | UploadGoneError) -> HttpResponse:
    """Another tab or device was quicker: nothing is written, and the form knows how things are."""
    if isinstance(error, StaleError):
        composition.post = error.post
        sentence = _(
            "This post was changed in another tab or on another device in the meantime. What you"
            " see here is your version: save it again to keep it."
        )
    else:
        sentence = _(
            "One of the photos was published or removed in another tab. Check the photos again."
        )
    if wants_json(composition.request):
        code = "stale" if isinstance(error, StaleError) else "gone"
        answer = {"code": code, "error": sentence, "revision": composition.revision}
        return JsonResponse(answer, status=409)
    composition.submission.problems.append(sentence)
    keep_what_is_there(composition.request, composition.submission, composition.post)
    return composition.page(422)


def _opened(request: MemberRequest) -> Composition:
    """An empty composer, or the draft that the address names."""
    code = request.GET.get("draft", "")
    if not code:
        return Composition(request, PostForm(author=request.user), Submission(), random_key())
    try:
        post = own_post(request, decode(code))
    except ValueError as error:
        raise Http404 from error
    if post.state not in UNPUBLISHED:
        raise Http404
    return Composition(
        request, _form_of(request, post), submission_of(post), post.submission_key or "", post
    )


def _form_of(request: MemberRequest, post: Post) -> PostForm:
    initial = {"publish_at": post.publish_at}
    return PostForm(instance=_copy(post), initial=initial, author=request.user)


def _copy(post: Post | None) -> Post | None:
    """An instance for a form alone: validating it writes into it."""
    return Post.objects.get(pk=post.pk) if post else None


def _submission_key(request: MemberRequest) -> str:
    """The key our form came with; '' when it is none of ours."""
    key = request.POST.get("submission_key", "")
    return key if re.fullmatch(r"\w{1,40}", key, re.ASCII) else ""


def _submitted(request: MemberRequest, key: str) -> Post | None:
    """What this very form made before: a draft, or a post by a first click."""
    mine = Post.objects.visible_to(request.user).filter(author=request.user.pk)
    return mine.filter(submission_key=key).first()


def _draft_url(post: Post) -> str:
    return f"{reverse('posts:new')}?draft={post.code}"


def _context(composition: Composition) -> dict[str, Any]:
    post = composition.post
    changes = post is not None and post.state in CHANGEABLE
    return {
        "form": composition.form,
        "uploads": composition.submission.kept if changes else _pointed_out(composition),
        "refused": composition.submission.refused,
        "submission_key": composition.key,
        "revision": composition.revision,
        "post": post,
        "mode": "edit" if changes else post.state if post else "new",
        "target": reverse("posts:edit", args=[post.pk])
        if post and changes
        else reverse("posts:new"),
        "drafts": _other_drafts(composition),
        "limits": {
            "max_photos": limits.MAX_PHOTOS,
            "max_bytes": limits.MAX_FILE_BYTES,
            "max_title": limits.MAX_TITLE,
            "max_caption": limits.MAX_CAPTION,
            "max_alt": limits.MAX_ALT_TEXT,
            "accept": ACCEPT,
        },
    }


def _pointed_out(composition: Composition) -> list[Upload]:
    """The uploads, each with the earlier `duplicate` of its photo, or None."""
    kept = composition.submission.kept
    found = recognition.duplicates_of([upload.photo for upload in kept])
    for upload in kept:
        upload.duplicate = found.get(upload.photo_id)  # type: ignore[attr-defined]
    return kept


def _other_drafts(composition: Composition) -> list[Post]:
    """A few unpublished posts to go on with; none beside a post that is being changed."""
    if composition.post is not None:
        return []
    return list(own_unpublished(composition.request).order_by("-pk")[:OTHER_DRAFTS])
