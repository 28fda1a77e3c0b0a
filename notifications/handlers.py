"""What people are told of when something happened in a lower room; each is safe to run twice."""

from django.utils.functional import Promise  # noqa: F401
