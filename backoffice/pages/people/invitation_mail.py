"""Invitations by mail."""

import smtplib

import structlog
from django.conf import settings
from django.core.mail import send_mail
from django.template.loader import render_to_string

from integration.models import User

logger = structlog.get_logger(__name__)


def can_mail() -> bool:
    """Whether this installation has a mail server."""
    return bool(settings.EMAIL_HOST)


def send(user: User, link: str) -> bool:
    """Send the link; False: the mail server did not take it. Call it outside of any transaction."""
    text = render_to_string(
        "people/invitation.txt",
        {"name": user.get_username(), "link": link, "days": settings.INVITATION_VALID_DAYS},
    )
    try:
        send_mail("Set your password for Amazon orders", text, None, [user.email])
    except (OSError, smtplib.SMTPException) as failure:
        logger.warning("invitation.not_sent", user_id=user.pk, error=type(failure).__name__)
        return False
    return True
