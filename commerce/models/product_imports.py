"""Imports of product files: each line is a job, open until it has its outcome."""

from django.db import models
from django.db.models import Q


class LineOutcome(models.TextChoices):
    """What became of a line; empty while it is open."""

    CREATED = "CREATED", "Created"
    UPDATED = "UPDATED", "Updated"
    UNCHANGED = "UNCHANGED", "Unchanged"
    BAD = "BAD", "Left out"


class ProductImport(models.Model):
    """One file. Nothing of it is taken over before a person has seen what it would do and started it."""

    file_name = models.CharField(max_length=150)
    # A double click uploads once.
    token = models.CharField(max_length=64, unique=True, help_text="Of the form: sent twice, there once.")
    uploaded_by = models.CharField(max_length=150)
    uploaded_at = models.DateTimeField()
    started_by = models.CharField(max_length=150, blank=True)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["id"],
                condition=Q(started_at__isnull=False, finished_at__isnull=True),
                name="product_import_under_way",
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(finished_at__isnull=True) | Q(started_at__isnull=False),
                name="commerce_product_import_is_started_first",
            ),
        ]

    def __str__(self) -> str:
        return self.file_name


class ProductImportLine(models.Model):
    """One line of a file. `said`: its values by column, without those that say nothing."""

    product_import = models.ForeignKey(
        ProductImport, on_delete=models.CASCADE, related_name="lines", db_index=False
    )
    line = models.PositiveIntegerField()
    sku = models.CharField(max_length=255, blank=True, help_text="Empty where the line could not be read.")
    said = models.JSONField(default=dict)
    outcome = models.CharField(max_length=16, choices=LineOutcome, blank=True)
    reason = models.CharField(max_length=500, blank=True, help_text="Why it was left out.")

    class Meta:
        indexes = [
            models.Index(
                fields=["product_import", "sku"], condition=Q(outcome=""), name="product_import_line_open"
            ),
            models.Index(fields=["product_import", "outcome", "line"], name="product_import_line_outcome"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["product_import", "line"], name="commerce_one_row_per_import_line"
            ),
            models.CheckConstraint(
                condition=Q(outcome="") | Q(outcome__in=LineOutcome.values),
                name="commerce_import_line_outcome_is_known",
            ),
            models.CheckConstraint(
                condition=~Q(outcome="BAD") | ~Q(reason=""), name="commerce_bad_import_line_says_why"
            ),
        ]

    def __str__(self) -> str:
        return f"line {self.line} of product import {self.product_import_id}"
