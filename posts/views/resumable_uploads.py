"""Receiving one file in pieces, in JSON, so that a broken upload can be resumed."""

from collections.abc import Iterator
from urllib.parse import unquote

from django.http import HttpRequest, JsonResponse, UnreadablePostError
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.requests import MemberRequest
from notes_site.http.rate_limits import count
from notes_site.http.responses import refuse_json
from notes_site.text import one_line
from posts.models import Upload
from posts.reasons import RefusedError
from posts.uploading import resumable_uploads, uploads
from posts.views.uploads import upload_json

LONGEST_KEY = 100
# Small, for a read is lost whole when the connection is reset in its midst.
READ_BYTES = 16 * 1024


@never_cache
@require_http_methods(["GET", "PUT", "DELETE"])
def piece(request: MemberRequest, key: str) -> JsonResponse:
    """GET tells how much of a file is here, PUT brings a piece, DELETE gives it up.

    GET: `{"received": n}`, and `"upload"` once it is one. PUT with `Content-Range: bytes a-b/total`
    adds from `a` on: 202 with `received` until all is here, then what POST /uploads/ answers.
    After a 503 `Content-Range: bytes */total` asks for that again without sending a byte twice.
    """
    if request.method == "PUT":
        return _answer(request, key)
    part = resumable_uploads.find(request.user, key)
    if request.method == "DELETE":
        if part:
            part.erase()
        return JsonResponse({"received": 0})
    if done := resumable_uploads.finished(request.user, key):
        return JsonResponse({"received": done.photo.bytes, "upload": upload_json(done)})
    return JsonResponse({"received": part.received if part else 0})


def _answer(request: MemberRequest, key: str) -> JsonResponse:
    """`_receive`, with each reason to refuse as its sentence."""
    try:
        return _receive(request, key)
    except resumable_uploads.BadRangeError as error:
        sentence = _(
            "This piece doesn’t fit the file. Ask how much has arrived and continue from there."
        )
        return refuse_json("range", sentence, error.status)
    except resumable_uploads.OffsetError as error:
        answer = {
            "code": "offset",
            "error": _("A piece of this file is missing. Continue from where the site is."),
            "received": error.received,
        }
        return JsonResponse(answer, status=409)
    except resumable_uploads.TotalChangedError:
        sentence = _("Another file is being sent with this key. Send this one with a new key.")
        return refuse_json("total", sentence, 409)
    except uploads.KeyReusedError:
        sentence = _("This Idempotency-Key was used for another file. Send a new one.")
        return refuse_json("key_reused", sentence, 409)
    except RefusedError as error:
        return refuse_json(error.code, error.sentence, error.status)


def _receive(request: MemberRequest, key: str) -> JsonResponse:
    if len(key) > LONGEST_KEY:
        return refuse_json("key", _("This key is too long. Send one of up to 100 characters."), 422)
    brought = resumable_uploads.read_piece(
        request.headers.get("Content-Range", ""), request.headers.get("Content-Length", "")
    )
    # Sent again because the answer to its last piece was lost.
    if done := resumable_uploads.finished(request.user, key):
        return _same(done, brought.total)
    part = resumable_uploads.find(request.user, key)
    if part is None:
        # Swept, given up, or lying on another machine: the file starts over.
        if brought.first != 0:
            raise resumable_uploads.OffsetError(0)
        # Only here, so that a file counts once, however many pieces it comes in.
        count(request, "upload")
        part = resumable_uploads.begin(request.user, key, brought.total)
    if part.total != brought.total:
        raise resumable_uploads.TotalChangedError
    try:
        received = part.received
        if brought.first is not None:
            received = part.append(brought.first, _pieces(request))
        if received < part.total:
            return JsonResponse({"received": received}, status=202)
        upload, new = part.finish(owner=request.user, key=key, name=_file_name(request))
    except resumable_uploads.OffsetError:
        # The last piece in two requests at once: the other one has made the upload.
        if done := resumable_uploads.finished(request.user, key):
            return _same(done, brought.total)
        raise
    return JsonResponse(upload_json(upload), status=201 if new else 200)


def _same(done: Upload, total: int) -> JsonResponse:
    """The upload that this key has become; KeyReusedError when it is of another length."""
    if done.photo.bytes != total:
        raise uploads.KeyReusedError
    return JsonResponse(upload_json(done))


def _file_name(request: HttpRequest) -> str:
    """The file's own name: no folders, nothing invisible, at most 255 characters."""
    name = unquote(request.headers.get("X-File-Name", "")).replace("\\", "/").rpartition("/")[2]
    name = one_line(name)[:255]
    return "photo" if name in ("", ".", "..") else name


def _pieces(request: HttpRequest) -> Iterator[bytes]:
    """The body as it comes, never as a whole; a connection that breaks or is silent ends it."""
    try:
        while content := request.read(READ_BYTES):
            yield content
    except UnreadablePostError:
        return


# Middleware then answers errors in JSON here, whatever the Accept header says.
piece.answers_json = True  # type: ignore[attr-defined]
