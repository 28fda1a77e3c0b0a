"""The admin: rows to look at, and actions that go through moderation/actions.py.

Nobody edits rows here. Each noun has a file; what they share is in base, actions and columns.
"""

from allauth.account import admin as _addresses  # noqa: F401
from allauth.account.models import EmailAddress
from allauth.mfa import admin as _second_factors  # noqa: F401
from allauth.mfa.models import Authenticator
from allauth.usersessions import admin as _sessions  # noqa: F401
from allauth.usersessions.models import UserSession
from django.contrib import admin
from django.contrib.auth import admin as _groups  # noqa: F401
from django.contrib.auth.models import Group
from django.utils.functional import lazy
from django.utils.translation import gettext_lazy as _

from moderation.admin import (  # noqa: F401
    audit,
    comments,
    emails,
    invites,
    people,
    photos,
    posts,
    reports,
    sign_ups,
    site_settings,
    uploads,
)
from notes_site import site

admin.site.site_header = admin.site.site_title = lazy(lambda: site.current().name, str)()
admin.site.index_title = _("Moderation")
# Lists of pictures need the width; the rooms stand in a row above them instead.
admin.site.enable_nav_sidebar = False
# Importing their admins above registered them. None is edited by hand here: the group's rights are
# code (moderation/roles.py); addresses, second factors and sessions are their owners' own affair.
admin.site.unregister([Group, EmailAddress, Authenticator, UserSession])
