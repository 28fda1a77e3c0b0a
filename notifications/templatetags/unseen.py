"""The badge as it stands in the navigation."""

from django import template

from notifications.presentation import badge_text, badge_words

register = template.Library()
register.filter("badge_text", lambda count: badge_text(int(count or 0)))
register.filter("badge_words", lambda count: badge_words(int(count or 0)))
