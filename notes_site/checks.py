"""System checks: what would fail later is said at the start."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register
from PIL import __version__ as pillow_version


@register
def pillow_is_recent(**_arguments: Any) -> list[CheckMessage]:
    """Older Pillows have decoder bugs that a crafted file can use."""
    if int(pillow_version.split(".")[0]) >= 13:
        return []
    return [Error(f"Pillow {pillow_version} is too old; install 13 or newer.", id="notes.E001")]


@register(deploy=True)
def public_site_is_on_tls(**_arguments: Any) -> list[CheckMessage]:
    """A site that others reach must be on TLS: passkeys, secure cookies and HSTS need it."""
    if settings.ON_TLS or settings.ON_THIS_MACHINE_ONLY:
        return []
    return [Warning("SITE_URL is not https://; passwords travel in the clear.", id="notes.W001")]
