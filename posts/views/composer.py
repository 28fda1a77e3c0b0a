"""The composer: files and words become a post, with and without JavaScript."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.requests import MemberRequest
from notes_site.ids import decode, random_key
from notes_site.rate_limits import count
from notes_site.storage import StorageUnavailableError
from posts import limits, reasons, uploads
from posts.forms import PostForm, alt_text_problem, typed_alt_texts
from posts.models import Upload
from posts.publishing import NewPhoto, UploadGoneError, create_post
from posts.reasons import RefusedError

ACCEPT = "image/jpeg,image/png,image/webp,image/gif,image/heic,image/heif,image/avif,.heic,.heif"


@dataclass
class Submission:
    """What came with the form: uploads kept (with the alt text typed) and files refused."""

    kept: list[Upload] = field(default_factory=list)
    refused: list[tuple[str, str]] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    @property
    def alt_texts(self) -> list[str]:
        """The alt texts in the order of the kept uploads."""
        return [getattr(upload, "typed_alt", "") for upload in self.kept]


@require_http_methods(["GET", "POST"])
def new(request: MemberRequest) -> HttpResponse:
    """The composer. POST → 303 to the post; 422 with everything typed and every good file kept."""
    if request.method == "GET":
        return _page(request, PostForm(), Submission(), random_key(), 200)
    count(request, "publish")
    form = PostForm(request.POST)
    submission = _receive(request)
    key = _submission_key(request) or random_key()
    if form.is_valid() and not submission.refused and not submission.problems:
        try:
            post = create_post(
                author=request.user,
                photos=[
                    NewPhoto(upload.pk, alt)
                    for upload, alt in zip(submission.kept, submission.alt_texts, strict=True)
                ],
                submission_key=key,
                **form.cleaned_data,
            )
        except UploadGoneError:
            submission.problems.append(
                _("One of the photos was published or removed in another tab. Look them over.")
            )
            submission.kept = _unused(request, submission.kept)
        else:
            return HttpResponseRedirect(post.get_absolute_url(), status=303)
    return _page(request, form, submission, key, 422)


def _receive(request: MemberRequest) -> Submission:
    """Uploads named by the form, then its files, each with its alt text; problems in sentences."""
    submission = Submission()
    codes = request.POST.getlist("uploads")
    files = request.FILES.getlist("photos")
    alt_texts = typed_alt_texts(request.POST)
    alt_texts += [""] * (len(codes) + len(files) - len(alt_texts))
    if problem := alt_text_problem(alt_texts):
        submission.problems.append(problem)
    missing = _keep_uploads(request, submission, zip(codes, alt_texts, strict=False))
    for file, alt in zip(files, alt_texts[len(codes) :], strict=False):
        _receive_file(request, submission, file, alt)
    if not _sent_before(request):
        if len(submission.kept) > limits.MAX_PHOTOS:
            submission.problems.append(
                _("A post holds %(most)d photos. Remove some; nothing else was lost.")
                % {"most": limits.MAX_PHOTOS}
            )
        if missing:
            submission.problems.append(
                _("A photo chosen earlier is no longer here. Add it again if you want it.")
            )
        if not submission.kept and not submission.refused:
            submission.problems.append(_("Choose at least one photo."))
    return submission


def _keep_uploads(
    request: MemberRequest, submission: Submission, chosen: Iterable[tuple[str, str]]
) -> bool:
    """Keep the uploads the form names and does not remove; True when one of them is gone."""
    removed = set(request.POST.getlist("remove"))
    alt_texts = {code: alt for code, alt in chosen if code not in removed}
    found = {upload.code: upload for upload in _uploads_of(request).filter(pk__in=_ids(alt_texts))}
    for code, alt in alt_texts.items():
        if code in found:
            _keep(submission, found[code], alt)
    return len(found) < len(alt_texts)


def _receive_file(request: MemberRequest, submission: Submission, file: Any, alt: str) -> None:
    if len(submission.kept) >= limits.MAX_PHOTOS:
        sentence = _("A post holds %(most)d photos, so this one was left out.")
        submission.refused.append((file.name, sentence % {"most": limits.MAX_PHOTOS}))
        return
    count(request, "upload")
    try:
        upload, _new = uploads.receive(owner=request.user, file=file)
    except RefusedError as error:
        submission.refused.append((file.name, error.sentence))
    except StorageUnavailableError:
        submission.refused.append((file.name, str(reasons.STORAGE_AWAY)))
    else:
        _keep(submission, upload, alt)


def _keep(submission: Submission, upload: Upload, alt: str) -> None:
    upload.typed_alt = alt  # type: ignore[attr-defined]
    submission.kept.append(upload)


def _uploads_of(request: MemberRequest) -> Any:
    return (
        Upload.objects.filter(owner=request.user.pk)
        .select_related("photo")
        .prefetch_related("photo__renditions")
    )


def _unused(request: MemberRequest, kept: list[Upload]) -> list[Upload]:
    free = set(_uploads_of(request).filter(used_at=None).values_list("pk", flat=True))
    return [upload for upload in kept if upload.pk in free]


def _ids(codes: Iterable[str]) -> list[int]:
    """The ids behind codes; a code that never was an id is like one of an upload that is gone."""
    ids = []
    for code in codes:
        try:
            ids.append(decode(code))
        except ValueError:
            continue
    return ids


def _submission_key(request: MemberRequest) -> str:
    """The key our form came with; '' when it is none of ours."""
    key = request.POST.get("submission_key", "")
    return key if re.fullmatch(r"\w{1,40}", key, re.ASCII) else ""


def _sent_before(request: MemberRequest) -> bool:
    """Whether this very form made a post already, in a first click or another tab."""
    key = _submission_key(request)
    return bool(key) and request.user.posts.filter(submission_key=key).exists()


def _page(
    request: MemberRequest, form: PostForm, submission: Submission, key: str, status: int
) -> HttpResponse:
    for sentence in submission.problems:
        form.add_error(None, sentence)
    context = {
        "form": form,
        "uploads": submission.kept,
        "refused": submission.refused,
        "submission_key": key,
        "limits": {
            "max_photos": limits.MAX_PHOTOS,
            "max_bytes": limits.MAX_FILE_BYTES,
            "max_title": limits.MAX_TITLE,
            "max_caption": limits.MAX_CAPTION,
            "max_alt": limits.MAX_ALT_TEXT,
            "accept": ACCEPT,
        },
    }
    return render(request, "posts/new.html", context, status=status)
