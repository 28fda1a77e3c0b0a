"""What a view's request carries, told to the type checker."""

from django.http import HttpRequest
from django_htmx.middleware import HtmxDetails

from accounts.models import User


class PageRequest(HttpRequest):
    """A request from anyone, after our middleware."""

    htmx: HtmxDetails


class MemberRequest(PageRequest):
    """A request to a view that needs sign-in."""

    user: User
