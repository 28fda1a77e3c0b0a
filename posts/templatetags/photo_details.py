"""What a photo's file tells, as people read it."""

from collections.abc import Mapping
from typing import Any

from django import template

from posts import details

register = template.Library()


@register.filter
def detail(metadata: Mapping[str, Any] | None, name: str) -> str:
    """One of the details that may be shown with a photo; '' when its file has none."""
    return details.value_of(metadata or {}, name)
