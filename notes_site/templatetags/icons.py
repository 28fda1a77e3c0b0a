"""Icons, by name; every template has the tag."""

from functools import lru_cache

from django import template
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

register = template.Library()


@register.simple_tag
def icon(name: str) -> SafeString:
    """An icon of `components/icons.html`; screen readers pass it over, so words stand beside it."""
    return _drawn(name)


# A page has a dozen of the same few, so each is made once.
@lru_cache(maxsize=256)
def _drawn(name: str) -> SafeString:
    return render_to_string("components/icon.html", {"name": name})
