"""Icons, by name; every template has the tag."""

from django import template

register = template.Library()


@register.inclusion_tag("components/icon.html")
def icon(name: str) -> dict[str, str]:
    """An icon of `components/icons.html`; screen readers pass it over, so words stand beside it."""
    return {"name": name}
