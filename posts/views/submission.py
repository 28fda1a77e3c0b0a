"""What came with the composer's form: uploads kept, files received, and what was wrong."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from accounts.requests import MemberRequest
from notes_site.http.outages import DISK, part_away
from notes_site.http.rate_limits import count
from notes_site.ids import decode
from notes_site.storage import StorageUnavailableError
from posts import details, limits
from posts.authoring.contents import NewPhoto
from posts.authoring.forms import alt_text_problem, typed_alt_texts
from posts.models import Post, Upload
from posts.reasons import RefusedError
from posts.uploading import uploads


@dataclass
class Submission:
    """Uploads kept (with what was typed for them), files refused, and problems in sentences."""

    kept: list[Upload] = field(default_factory=list)
    refused: list[tuple[str, str]] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    # Of the answer when something is wrong with it.
    status: int = 422

    @property
    def photos(self) -> list[NewPhoto]:
        """The kept uploads as a post takes them."""
        return [
            NewPhoto(upload.pk, getattr(upload, "typed_alt", ""), tuple(upload.photo.shown))
            for upload in self.kept
        ]

    @property
    def is_good(self) -> bool:
        """Whether nothing was refused and nothing else is wrong."""
        return not self.refused and not self.problems


def submission_of(post: Post) -> Submission:
    """A post as its form shows it before anything is changed."""
    submission = Submission()
    for upload in _with_pictures(Upload.objects.filter(photo__post=post)).order_by(
        "photo__position", "photo"
    ):
        _keep(submission, upload, upload.photo.alt_text)
    return submission


def receive(request: MemberRequest, post: Post | None) -> Submission:
    """Uploads named by the form, then its files, each with its alt text and ticked details."""
    submission = Submission()
    codes = request.POST.getlist("uploads")
    if post and not codes and "arranged" not in request.POST:
        return _receive_words(request, post)
    files = request.FILES.getlist("photos")
    alt_texts = typed_alt_texts(request.POST)
    alt_texts += [""] * (len(codes) + len(files) - len(alt_texts))
    if problem := alt_text_problem(alt_texts):
        submission.problems.append(problem)
    # A dict, so that an upload named twice is kept once.
    missing = _keep_named(request, submission, dict(zip(codes, alt_texts, strict=False)))
    for file, alt in zip(files, alt_texts[len(codes) :], strict=False):
        _receive_file(request, submission, file, alt)
    if len(submission.kept) > limits.MAX_PHOTOS:
        submission.problems.append(
            _("A post can have up to %(most)d photos. Remove some; nothing was lost.")
            % {"most": limits.MAX_PHOTOS}
        )
    if missing:
        submission.problems.append(
            _("A photo you chose earlier is no longer here. Add it again if you want it.")
        )
    return submission


def _receive_words(request: MemberRequest, post: Post) -> Submission:
    """A form that says nothing of the photos leaves them: it may change words, add and describe."""
    submission = submission_of(post)
    alt_texts = typed_alt_texts(request.POST)
    if problem := alt_text_problem(alt_texts):
        submission.problems.append(problem)
    for upload, alt in zip(submission.kept, alt_texts, strict=False):
        upload.typed_alt = alt  # type: ignore[attr-defined]
    for file in request.FILES.getlist("photos"):
        _receive_file(request, submission, file, "")
    return submission


def require_photos(submission: Submission) -> None:
    """A post that others see has a photo; a draft may wait for its first."""
    if not submission.kept and not submission.refused:
        submission.problems.append(_("Choose at least one photo."))


def keep_what_is_there(request: MemberRequest, submission: Submission, post: Post | None) -> None:
    """After another tab was quicker: leave out what it took, add what it put into this post."""
    usable = Q(photo__post=None, used_at=None) | Q(photo__post=post, used_at__isnull=False)
    here = {upload.pk: upload for upload in _uploads_of(request).filter(usable)}
    submission.kept = [upload for upload in submission.kept if upload.pk in here]
    if post is not None:
        named = {upload.pk for upload in submission.kept}
        for upload in submission_of(post).kept:
            if upload.pk not in named:
                submission.kept.append(upload)


def _keep_named(request: MemberRequest, submission: Submission, alt_texts: dict[str, str]) -> bool:
    """Keep the uploads the form names and does not remove; True when one of them is gone."""
    for code in request.POST.getlist("remove"):
        alt_texts.pop(code, None)
    ids = _ids(alt_texts)
    found = {upload.code: upload for upload in _uploads_of(request).filter(pk__in=ids)}
    for code in _in_order(request, list(alt_texts)):
        if code in found:
            found[code].photo.shown = _ticked(request, code)
            _keep(submission, found[code], alt_texts[code])
    return len(found) < len(alt_texts)


def _in_order(request: MemberRequest, codes: list[str]) -> list[str]:
    """The codes as their `place` fields say, which browsers without scripts send."""
    named = request.POST.getlist("uploads")
    places = dict(zip(named, request.POST.getlist("place"), strict=False))
    if not all(places.get(code, "").isdecimal() for code in codes):
        return codes
    # Cut short: int() raises on thousands of digits.
    return sorted(codes, key=lambda code: int(places[code][:6]))


def _ticked(request: MemberRequest, code: str) -> list[str]:
    ticked = set(request.POST.getlist(f"shown-{code}"))
    return [name for name in details.SHOWABLE if name in ticked]


def _receive_file(request: MemberRequest, submission: Submission, file: Any, alt: str) -> None:
    if len(submission.kept) >= limits.MAX_PHOTOS:
        sentence = _("A post can have up to %(most)d photos, so this one was left out.")
        submission.refused.append((file.name, sentence % {"most": limits.MAX_PHOTOS}))
        return
    count(request, "upload")
    try:
        upload, _new = uploads.receive(owner=request.user, file=file)
    except RefusedError as error:
        submission.refused.append((file.name, error.sentence))
    except (StorageUnavailableError, OSError) as error:
        outage = part_away(error)
        submission.refused.append((file.name, str(outage.sentence)))
        if outage is DISK:
            submission.status = outage.status
    else:
        _keep(submission, upload, alt)


def _keep(submission: Submission, upload: Upload, alt: str) -> None:
    upload.typed_alt = alt  # type: ignore[attr-defined]
    submission.kept.append(upload)


def _uploads_of(request: MemberRequest) -> QuerySet[Upload]:
    return _with_pictures(Upload.objects.filter(owner=request.user.pk, purpose=Upload.Purpose.POST))


def _with_pictures(found: QuerySet[Upload]) -> QuerySet[Upload]:
    return found.select_related("photo").prefetch_related("photo__renditions")


def _ids(codes: Iterable[str]) -> list[int]:
    """The ids behind codes; a code that never was an id is like one of an upload that is gone."""
    ids = []
    for code in codes:
        try:
            ids.append(decode(code))
        except ValueError:
            continue
    return ids
