"""What this database knows of the installation it belongs to."""

from django.db import models
from django.db.models import Q


class Installation(models.Model):
    """The one row that tells whether the configured keys are the ones this database was written with."""

    THE_ONE = 1

    id = models.PositiveSmallIntegerField(primary_key=True, default=THE_ONE)
    sealed_canary = models.BinaryField()
    search_canary = models.CharField(max_length=24)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(id=1), name="integration_one_installation"),
        ]

    def __str__(self) -> str:
        return "installation"
