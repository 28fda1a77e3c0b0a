"""Email addresses that wait to be confirmed."""

from allauth.account.models import EmailAddress
from django.db import models


class PendingAddress(models.Model):
    """Since when an address has been waiting to be confirmed; django-allauth keeps no date."""

    address = models.OneToOneField(EmailAddress, on_delete=models.CASCADE, primary_key=True)
    since = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"{self.address_id} since {self.since:%Y-%m-%d}"
