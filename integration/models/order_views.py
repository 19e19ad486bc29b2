"""Lists of orders that a person wants to come back to."""

from django.conf import settings
from django.db import models
from django.db.models import Q


class SavedView(models.Model):
    """Filters and sort of All Orders under a name, for the person who saved them. Never a buyer's name."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="saved_views", db_index=False
    )
    name = models.CharField(max_length=40)
    query = models.CharField(max_length=2000, blank=True, help_text="As it stands in the list's address.")
    saved_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "name"], name="integration_one_saved_view_per_name"),
            models.CheckConstraint(condition=~Q(name=""), name="integration_saved_view_has_a_name"),
            # The database's own guard: a search by a person's name is kept nowhere (ADR 0010).
            models.CheckConstraint(
                condition=~Q(query__contains="buyer="), name="integration_saved_view_names_nobody"
            ),
        ]

    def __str__(self) -> str:
        return self.name
