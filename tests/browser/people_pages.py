"""The pages about people, with something on them."""

from django.utils import timezone

from amazon_orders.models import Store
from integration.models import Role
from integration.people import audit
from integration.people import users as tokens
from integration.people.audit import AuditAction
from integration.privacy import purge
from tests.factories import people


def fill(store: Store) -> dict[str, str]:
    """Somebody with all that a person can have, and somebody who has still to come; gives the addresses."""
    now = timezone.now()
    maria = people.user(Role.MERCHANT, [store], username="maria.lindqvist", email="maria@shop.example")
    tokens.issue_token(user=maria, role=Role.MERCHANT, stores=[], now=now, name="ERP", by="root")
    guest = people.user(username="jo.park", password=None, invited_at=now)
    audit.record_event(
        what=AuditAction.EXPORTED, by="maria.lindqvist", now=now, store_ids=[store.pk], details={"count": 3}
    )
    purge.purge_personal_data(now=now)
    return {
        "people": "/people/",
        "invite": "/people/invite/",
        "person": f"/people/{maria.pk}/",
        "invited person": f"/people/{guest.pk}/",
        "account": "/account/",
        "password": "/accounts/password/change/",
        "second factor": "/accounts/2fa/",
        "audit log": "/activity/audit/?kind=files",
        "personal data": "/activity/personal-data/",
    }
