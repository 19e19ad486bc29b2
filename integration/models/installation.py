"""What this database knows of the installation it belongs to."""

from django.db import models
from django.db.models import Q


class Installation(models.Model):
    """The one row: the keys this database was written with, whose it is, and whether it may speak to Amazon.

    Which installation *we* are stands outside the database (settings.INSTALLATION_ID).
    """

    THE_ONE = 1

    id = models.PositiveSmallIntegerField(primary_key=True, default=THE_ONE)
    sealed_canary = models.BinaryField()
    search_canary = models.CharField(max_length=24)
    installation_id = models.CharField(
        max_length=64, blank=True, help_text="Whose database this is; empty until somebody's first start."
    )
    read_only_since = models.DateTimeField(
        null=True, help_text="Since when nothing may be said to Amazon, because a person switched it off."
    )
    read_only_by = models.CharField(
        max_length=150, blank=True, help_text="A user name; empty where it was the command line."
    )
    client_secret_digest = models.CharField(
        max_length=24,
        blank=True,
        help_text="A keyed digest of SPAPI_CLIENT_SECRET: tells a change.",
    )
    client_secret_since = models.DateTimeField(null=True, help_text="When that secret was first seen here.")
    personal_data_kept_days = models.PositiveSmallIntegerField(
        null=True, help_text="As an admin wants it; NULL: as PERSONAL_DATA_KEPT_DAYS says."
    )

    class Meta:
        constraints = [
            # One row: a second one would be a second opinion on whose database this is.
            models.CheckConstraint(condition=Q(id=1), name="integration_one_installation"),
            models.CheckConstraint(
                condition=Q(personal_data_kept_days__range=(1, 30)) | Q(personal_data_kept_days__isnull=True),
                name="integration_personal_data_is_kept_30_days_at_most",
            ),
            models.CheckConstraint(
                condition=Q(read_only_by="") | Q(read_only_since__isnull=False),
                name="integration_read_only_says_since_when",
            ),
            models.CheckConstraint(
                condition=Q(client_secret_digest="", client_secret_since__isnull=True)
                | (~Q(client_secret_digest="") & Q(client_secret_since__isnull=False)),
                name="integration_client_secret_says_since_when",
            ),
        ]

    def __str__(self) -> str:
        return "installation"
