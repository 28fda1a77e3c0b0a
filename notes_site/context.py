"""What every template knows of the site."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest

from notes_site import site as site_settings
from notes_site.mail.templated import sends_mail


def site(_request: HttpRequest) -> dict[str, Any]:
    """The site's name and address, who may join, and whether it sends mail."""
    site = site_settings.current()
    return {
        "site_name": site.name,
        "site_url": settings.SITE_URL,
        "registration": site.registration.value,
        "sends_mail": sends_mail(),
    }
