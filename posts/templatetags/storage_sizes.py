"""Sizes as people read them, in the unit in which limits are set."""

from django import template
from django.template.defaultfilters import floatformat

from posts.uploading.quota import MB

register = template.Library()


@register.filter
def megabytes(size: int) -> str:
    """Millions of bytes, with one decimal below ten; what is there at all is never 0."""
    if 0 < size < MB / 10:
        return floatformat(0.1, 1)
    return floatformat(size / MB, 1 if 0 < size < 10 * MB else 0)
