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
from moderation.admin.deeds import Deed, DeedsAdmin
from moderation.models import AuditEntry
from posts.models import Photo, Post
from posts.pictures import Picture

BADGES = {Photo.State.READY: "good", Photo.State.FAILED: "bad"}
RETRY = Deed(
    name="retry",
    label=gettext_lazy("Try again…"),
    title=gettext_lazy("Try photos again"),
    button=gettext_lazy("Try again"),
    consequences=(
        gettext_lazy("The photo is queued anew and counts its attempts from one."),
        gettext_lazy("Its post appears as soon as all of its photos are ready."),
    ),
    permission="posts.change_photo",
    reason_required=False,
    reason_help=gettext_lazy("If you like. It stays in the audit log."),
    refuses=lambda actor, photo: "" if photo.state == Photo.State.FAILED else _("has not failed."),
    run=lambda actor, photo, reason: actions.retry_photo(actor=actor, photo=photo, reason=reason),
    done=lambda count: (
        ngettext("%(count)d photo is tried again.", "%(count)d photos are tried again.", count)
        % {"count": count}
    ),
    dangerous=False,
)


@admin.register(Photo)
class PhotoAdmin(DeedsAdmin):
    """Every photo's state; the picture and its words only where the viewer may see the post."""

    audit_kind = AuditEntry.Kind.PHOTO
    deeds = (RETRY,)
    list_display = ("thumbnail", "code", "by", "within", "standing", "attempts", "why", "waiting")
    list_display_links = ("thumbnail", "code")
    list_filter = ("state", "format", "created_at")
    list_select_related = ("owner", "post")
    search_fields = ("owner__username",)
    search_help_text = gettext_lazy("A username, or a photo's code.")
    sortable_by = ("attempts",)
    fieldsets = (
        (None, {"fields": ("thumbnail", "description", "by", "within", "code")}),
        (
            gettext_lazy("State"),
            {"fields": ("standing", "why", "attempts", "waiting", "queued_at", "leased_until")},
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
        return row.picture if row.may_be_seen else None

    @admin.display(description=gettext_lazy("Photo"))
    def thumbnail(self, photo: Photo) -> SafeString:
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
            return _("in no post yet")
        if not photo.may_be_seen:
            return _("a post that only its author sees")
        return columns.link_to("posts_post", photo.post_id, str(photo.post))

    @admin.display(description=gettext_lazy("State"), ordering="state")
    def standing(self, photo: Photo) -> SafeString:
        kind = BADGES.get(Photo.State(photo.state), "waiting")
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
