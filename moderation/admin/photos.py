"""Photos in the admin: how far each one is, and why one failed."""

from typing import Any

from django.contrib import admin
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.timesince import timesince
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from moderation import actions
from moderation.admin import columns
from moderation.admin.actions import ActionsAdmin, ModeratorAction
from moderation.models import AuditEntry
from posts.models import Photo, Post, RemovedPicture
from posts.pictures import Picture
from posts.pipeline import recognition

BADGES = {Photo.State.READY: "good", Photo.State.FAILED: "bad"}
RETRY = ModeratorAction(
    name="retry",
    label=gettext_lazy("Try again…"),
    title=gettext_lazy("Try photos again"),
    button=gettext_lazy("Try again"),
    consequences=(
        gettext_lazy("The photo is queued again, and its attempts are counted from one."),
        gettext_lazy("Its post appears as soon as all of its photos are ready."),
    ),
    permission="posts.change_photo",
    reason_required=False,
    reason_help=gettext_lazy("Optional. It stays in the audit log."),
    refuses=lambda actor, photo: _why_not_retry(photo),
    run=lambda actor, photo, reason: actions.retry_photo(actor=actor, photo=photo, reason=reason),
    done=lambda count: (
        ngettext(
            "%(count)d photo will be tried again.", "%(count)d photos will be tried again.", count
        )
        % {"count": count}
    ),
    dangerous=False,
)
RELEASE = ModeratorAction(
    name="release",
    label=gettext_lazy("Release…"),
    title=gettext_lazy("Release held photos"),
    button=gettext_lazy("Release"),
    consequences=(
        gettext_lazy("The photo continues as if it hadn’t matched anything."),
        gettext_lazy("Its post appears as soon as all of its photos are ready."),
    ),
    permission="posts.change_photo",
    reason_required=False,
    reason_help=gettext_lazy("Optional. It stays in the audit log."),
    refuses=lambda actor, photo: _unless_held(photo, _("is not held.")),
    run=lambda actor, photo, reason: actions.release_photo(actor=actor, photo=photo, reason=reason),
    done=lambda count: (
        ngettext("%(count)d photo is released.", "%(count)d photos are released.", count)
        % {"count": count}
    ),
    dangerous=False,
)
REFUSE = ModeratorAction(
    name="refuse",
    label=gettext_lazy("Refuse…"),
    title=gettext_lazy("Refuse held photos"),
    button=gettext_lazy("Refuse"),
    consequences=(
        gettext_lazy("The photo stays unpublished. Its author is told that it can’t appear here."),
        gettext_lazy("They can publish their post without it; nothing of theirs is deleted."),
        gettext_lazy("Releasing it later undoes this."),
    ),
    permission="posts.change_photo",
    reason_required=True,
    reason_help=gettext_lazy("It stays in the audit log. The author doesn’t see it."),
    refuses=lambda actor, photo: _unless_held(
        photo, _("is not held, or was already refused."), Photo.State.READY
    ),
    run=lambda actor, photo, reason: actions.refuse_photo(actor=actor, photo=photo, reason=reason),
    done=lambda count: (
        ngettext("%(count)d photo is refused.", "%(count)d photos are refused.", count)
        % {"count": count}
    ),
)


def _why_not_retry(photo: Photo) -> str:
    if photo.state != Photo.State.FAILED:
        return _("has not failed.")
    return _("was refused: release it instead.") if photo.held_at else ""


def _unless_held(photo: Photo, otherwise: str, *states: Photo.State) -> str:
    """`otherwise`, where a photo does not wait for a decision; else ''."""
    waits = photo.held_at is not None and photo.state in (states or Photo.State)
    return "" if waits else otherwise


class HeldFilter(columns.HiddenFilter):
    """Waiting for a moderator, or refused by one; or not."""

    title = gettext_lazy("held")
    parameter_name = "held"
    column = "held_at"


@admin.register(Photo)
class PhotoAdmin(ActionsAdmin):
    """Every photo's state; the picture and its words only where the viewer may see the post.

    A held one's picture too, beside the one it resembles (docs/decisions/0011).
    """

    audit_kind = AuditEntry.Kind.PHOTO
    moderator_actions = (RELEASE, REFUSE, RETRY)
    list_display = ("thumbnail", "code", "by", "within", "standing", "attempts", "why", "waiting")
    list_display_links = ("thumbnail", "code")
    list_filter = (HeldFilter, "state", "format", "created_at")
    list_select_related = ("owner", "post")
    search_fields = ("owner__username",)
    search_help_text = gettext_lazy("A username, or a photo’s code.")
    sortable_by = ("attempts",)
    fieldsets = (
        (None, {"fields": ("thumbnail", "description", "by", "within", "code")}),
        (
            gettext_lazy("State"),
            {
                "fields": (
                    "standing",
                    "held_at",
                    "why",
                    "attempts",
                    "waiting",
                    "queued_at",
                    "leased_until",
                )
            },
        ),
        (gettext_lazy("File"), {"fields": ("format", "size", "bytes", "created_at", "placed")}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        visible = Post.objects.visible_to(request.user).filter(pk=OuterRef("post"))
        photos = Photo.objects.annotate(may_be_seen=Exists(visible))
        return photos.prefetch_related("renditions").order_by("-pk")

    def summary(self, row: Photo) -> str:
        return f"{row.code} (@{row.owner.username})"

    def picture(self, row: Any) -> Picture | None:
        return row.picture if row.may_be_seen or row.held_at else None

    def row_context(self, request: HttpRequest, row: Photo) -> dict[str, Any]:
        """The same; beside a held photo the removed picture that it resembles."""
        context = super().row_context(request, row)
        found = recognition.match_of(row) if row.held_at else None
        if found:
            context["match"] = found
            context["distance"] = recognition.distance(row.pdq, found.pdq)
            context["held_picture"] = row.picture
            context["removed_picture"] = _removed_picture(request, found)
        return context

    @admin.display(description=gettext_lazy("Photo"))
    def thumbnail(self, photo: Photo) -> SafeString:
        if photo.held_at:
            # Seen on its own page, once it is unveiled there.
            return columns.placeholder()
        return columns.thumbnail(self.picture(photo))

    @admin.display(description=gettext_lazy("Description"))
    def description(self, photo: Any) -> str:
        return photo.alt_text if photo.may_be_seen else ""

    @admin.display(description=gettext_lazy("Owner"))
    def by(self, photo: Photo) -> SafeString:
        return columns.person(photo.owner)

    @admin.display(description=gettext_lazy("Post"))
    def within(self, photo: Any) -> str:
        if photo.post is None:
            return _("not in a post yet")
        if not photo.may_be_seen:
            return _("a post only its author can see")
        return columns.link_to("posts_post", photo.post_id, str(photo.post))

    @admin.display(description=gettext_lazy("State"), ordering="state")
    def standing(self, photo: Photo) -> SafeString:
        kind = BADGES.get(Photo.State(photo.state), "waiting")
        if photo.held_at and photo.state == Photo.State.READY:
            return columns.badge("waiting", _("Held"))
        return columns.badge(kind, photo.get_state_display())

    @admin.display(description=gettext_lazy("Why"))
    def why(self, photo: Photo) -> str:
        return photo.reason_text

    @admin.display(description=gettext_lazy("Waiting for"))
    def waiting(self, photo: Photo) -> str:
        unfinished = photo.state in (Photo.State.PENDING, Photo.State.WORKING)
        return timesince(photo.queued_at or photo.created_at) if unfinished else ""

    @admin.display(description=gettext_lazy("Size"))
    def size(self, photo: Photo) -> str:
        return f"{photo.width} × {photo.height}"  # noqa: RUF001


def _removed_picture(request: HttpRequest, found: RemovedPicture) -> Picture | None:
    """The removed picture itself, where it still exists and the viewer may see its post."""
    visible = Post.objects.visible_to(request.user).filter(pk=found.post_id)
    photos = Photo.objects.filter(pk=found.photo_id, post__in=visible)
    removed = photos.prefetch_related("renditions").first()
    return removed.picture if removed else None
