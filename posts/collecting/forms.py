"""The form of a collection."""

from django import forms
from django.utils.translation import gettext_lazy as _

from posts.models import Collection


class CollectionForm(forms.ModelForm):  # type: ignore[type-arg]
    """Name, description, and whether others see it."""

    class Meta:
        model = Collection
        fields = ("name", "description", "is_public")
        labels = {"is_public": _("Public: others can see it and find it on my profile")}
        widgets = {"description": forms.Textarea(attrs={"rows": 3})}
