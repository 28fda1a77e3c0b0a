"""What members only make and take away: a like, a save, a follow, a block.

The views of them have one shape. They look their object up, change it, and answer a script with
the component as it is now, a plain form with the way back to where it stood.
"""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_http_methods

from notes_site.http.rate_limits import count

Request = TypeVar("Request", bound=HttpRequest)
Names = ParamSpec("Names")
View = Callable[Concatenate[Request, Names], HttpResponse]


def resource(action: str) -> Callable[[View[Request, Names]], View[Request, Names]]:
    """A view whose POST makes something and whose DELETE takes it away; both may be repeated.

    Each request counts as one `action` before anything is looked up. So guessing what is there is
    limited as much as changing it, and the answer to who is over the limit tells nothing. Raises
    TooManyRequestsError.
    """

    def decorate(view: View[Request, Names]) -> View[Request, Names]:
        @require_http_methods(["POST", "DELETE"])
        @wraps(view)
        def counted(request: Request, /, *args: Names.args, **kwargs: Names.kwargs) -> HttpResponse:
            count(request, action)
            return view(request, *args, **kwargs)

        return counted

    return decorate
