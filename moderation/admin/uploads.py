"""What the machinery keeps: files on their way into posts, and objects on their way out."""

from django.contrib import admin
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy

from moderation.admin import columns
from moderation.admin.base import ReadOnlyAdmin
from notes_site.ids import encode
from posts.models import Erasure, Upload


@admin.register(Upload)
class UploadAdmin(ReadOnlyAdmin):
    """Files received. Their names and pictures are nobody's but the owner's."""

    list_display = ("code", "by", "purpose", "state", "bytes", "created_at", "used_at")
    list_filter = ("purpose", "photo__state", "created_at")
    list_select_related = ("owner", "photo")
    search_fields = ("owner__username",)
    search_help_text = gettext_lazy("A username, or an upload’s code.")
    sortable_by = ()
    fields = ("code", "by", "purpose", "state", "bytes", "created_at", "used_at")

    @admin.display(description=gettext_lazy("Owner"))
    def by(self, upload: Upload) -> SafeString:
        return columns.person(upload.owner)

    @admin.display(description=gettext_lazy("State"))
    def state(self, upload: Upload) -> str:
        return upload.photo.get_state_display()

    @admin.display(description=gettext_lazy("Bytes"))
    def bytes(self, upload: Upload) -> int:
        return upload.photo.bytes


@admin.register(Erasure)
class ErasureAdmin(ReadOnlyAdmin):
    """The ledger of objects to erase, and the receipt of those erased."""

    list_display = ("key", "post", "requested_at", "erased_at", "attempts", "error")
    list_filter = (("erased_at", admin.EmptyFieldListFilter), "requested_at")
    search_fields = ("key",)
    sortable_by = ("attempts",)
    fields = ("key", "post", "requested_at", "due_at", "erased_at", "attempts", "error")

    @admin.display(description=gettext_lazy("Post"))
    def post(self, erasure: Erasure) -> str:
        return encode(erasure.post_id) if erasure.post_id else ""
