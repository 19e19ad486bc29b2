"""Who may do what, in which stores."""

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models import Q

from amazon_orders.models import Store


class Role(models.TextChoices):
    """What a person does here."""

    ADMIN = "admin", "Admin"
    MERCHANT = "merchant", "Merchant"
    OPERATOR = "operator", "Operator"


class User(AbstractUser):
    """A person who signs in. An admin sees every store; the others see `stores`."""

    role = models.CharField(max_length=16, choices=Role, default=Role.MERCHANT)
    stores = models.ManyToManyField(Store, blank=True, related_name="users")
    order_columns = models.JSONField(
        null=True,
        blank=True,
        help_text="The columns of All Orders that this person chose; null: the usual ones.",
    )
    invited_at = models.DateTimeField(
        null=True, help_text="Of the newest invitation; older ones are void. NULL: made by a command."
    )
    joined_at = models.DateTimeField(null=True, help_text="When the invitation was accepted.")

    class Meta(AbstractUser.Meta):
        constraints = [
            models.CheckConstraint(condition=Q(role__in=Role.values), name="integration_user_role_is_known"),
            models.CheckConstraint(
                condition=Q(joined_at__isnull=True) | Q(invited_at__isnull=False),
                name="integration_who_joined_was_invited",
            ),
        ]

    @property
    def is_invited(self) -> bool:
        """Whether an invitation waits to be accepted."""
        is_open = self.invited_at is not None and self.joined_at is None
        # A forgotten password that was set by mail lets in as well.
        return is_open and not self.has_usable_password()


class ApiToken(models.Model):
    """A key for programs. Only its hash is kept; its reach is never above its user's."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="api_tokens")
    name = models.CharField(max_length=100, blank=True, help_text="What it is for, in its owner's words.")
    role = models.CharField(max_length=16, choices=Role)
    # Said outright, not by an empty list: rows of `stores` go with their store, and must not widen a token.
    is_every_store = models.BooleanField(default=False)
    stores = models.ManyToManyField(Store, blank=True, related_name="+")
    token_hash = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True)
    last_used_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(role__in=Role.values), name="integration_token_role_is_known"),
        ]

    def __str__(self) -> str:
        return f"token {self.pk} of {self.user_id}"
