"""A person's picture: sending one and removing it."""

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.requests import MemberRequest
from notes_site.http.outages import part_away
from notes_site.http.rate_limits import count
from notes_site.http.responses import is_delete
from notes_site.storage import StorageUnavailableError
from posts.models import Upload
from posts.pipeline import avatars
from posts.reasons import RefusedError
from posts.uploading import uploads


@require_http_methods(["POST", "DELETE"])
def avatar(request: MemberRequest) -> HttpResponse:
    """POST a new profile picture, or remove it with DELETE."""
    back = HttpResponseRedirect("/settings/profile/", status=303)
    if is_delete(request):
        avatars.replace(request.user, "")
        messages.success(request, _("Your picture was removed."))
        return back
    problem = receive(request)
    if problem:
        messages.error(request, problem)
    else:
        messages.success(request, _("Your picture is being processed; it will appear in a moment."))
    return back


def receive(request: MemberRequest) -> str:
    """Take the picture that was sent with a form; why that can't be, as a sentence, '' if it could.

    Counts as an upload.
    """
    count(request, "upload")
    file = request.FILES.get("avatar")
    if file is None:
        return _("Choose a picture first.")
    try:
        uploads.receive(owner=request.user, file=file, purpose=Upload.Purpose.AVATAR)
    except RefusedError as error:
        return error.sentence
    except (StorageUnavailableError, OSError) as error:
        return str(part_away(error).sentence)
    return ""
