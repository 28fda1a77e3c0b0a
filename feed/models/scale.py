"""The time scale of stored scores."""

from django.db import models


class Scale(models.Model):
    """The time scale T by which all stored scores were made; one row."""

    seconds = models.FloatField()
    # False while posts are being scored anew: a run that was cut off is taken up by the next.
    finished = models.BooleanField(default=True)

    def __str__(self) -> str:
        return f"{self.seconds / 3600:.0f} h"
