"""What became of personal data: the report that Amazon may ask for."""

from django.db import models


class PersonalDataPurge(models.Model):
    """One purge that went through. Counts alone; nothing of whom it was."""

    started_at = models.DateTimeField(db_index=True)
    ended_at = models.DateTimeField()
    kept_days = models.PositiveSmallIntegerField()
    amazon_orders = models.PositiveIntegerField()
    commerce_orders = models.PositiveIntegerField()
    customers = models.PositiveIntegerField()
    payloads = models.PositiveIntegerField()

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"purge of {self.started_at:%Y-%m-%d %H:%M}"
