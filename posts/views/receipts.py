"""The fidelity receipt: what became of a photo's file, for its owner alone."""

from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, JsonResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.vary import vary_on_headers

from notes_site.http.responses import wants_json
from posts.models import Upload
from posts.receipts import photo_receipts
from posts.views.access import own_photo


@never_cache
@vary_on_headers("Accept")
def receipt(request: HttpRequest, photo_id: int) -> HttpResponse:
    """The receipt as a page, or as JSON where that is asked for; 404 for everybody else's."""
    photo = own_photo(request, photo_id)
    if request.method not in ("GET", "HEAD"):
        return HttpResponseNotAllowed(["GET", "HEAD"])
    # Rows of before this receipt lost the name with their upload.
    name = Upload.objects.filter(photo=photo).values_list("name", flat=True).first() or ""
    if wants_json(request):
        return JsonResponse(photo_receipts.as_json(photo, name))
    context = {
        "photo": photo,
        "name": name,
        "colour": photo_receipts.colour(photo.metadata),
        "carried": photo_receipts.carried(photo.metadata),
        "unreadable": photo_receipts.unreadable(photo.metadata),
        "told": photo_receipts.told(photo),
        "edits": photo_receipts.edits(photo),
        "renditions": photo_receipts.renditions(photo),
    }
    return render(request, "posts/receipt.html", context)
