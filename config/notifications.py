"""Where Amazon's notifications arrive: a queue by its URL, and its ARN, which is what Amazon is told."""

import re

from config import env

ARN = re.compile(
    r"arn:aws(?:-[a-z]+)*:sqs:(?P<region>[a-z0-9-]+):(?P<account>\d{12}):(?P<name>[\w-]{1,80})", re.A
)
AMAZONS_HOST = re.compile(r"(?:sqs\.)?(?P<region>[a-z0-9-]+)(?:\.queue)?\.amazonaws\.com")
PATH = re.compile(r"/(?P<account>\d{12})/(?P<name>[\w-]{1,80})", re.A)


def queue_arn(name: str, url: str, *, region: str) -> str:
    """The ARN that is set, else the one that follows from the URL; empty without a URL."""
    value = env.text(name)
    if not url:
        if value:
            env.refuse("NOTIFICATIONS_QUEUE_URL", f"must be set too where {name} is")
        return ""
    # Amazon's notifications go to standard queues only: refused at the start, not with the first
    # createDestination.
    if url.endswith(".fifo") or value.endswith(".fifo"):
        env.refuse("NOTIFICATIONS_QUEUE_URL", "must be a standard queue: Amazon sends to no FIFO queue")
    arn = value or _derived(url, region)
    if not ARN.fullmatch(arn):
        env.refuse(name, "must look like arn:aws:sqs:region:account:name, or follow from the queue's URL")
    return arn


def require_endpoint(name: str, url: str, endpoint: str) -> None:
    """AWS is asked unless another server is named: for another one's queue it would answer nonsense."""
    parts = env.split_url(url)
    if parts is not None and parts.hostname and "amazonaws.com" not in parts.hostname and not endpoint:
        env.refuse(name, "must be set for a queue that is not at AWS")


def region_of(arn: str) -> str:
    """The AWS region of a queue, empty without one."""
    found = ARN.fullmatch(arn)
    return found["region"] if found else ""


def _derived(url: str, region: str) -> str:
    parts = env.split_url(url)
    path = PATH.fullmatch(parts.path) if parts else None
    host = AMAZONS_HOST.fullmatch(parts.hostname or "") if parts else None
    region = host["region"] if host else region
    if path is None or not re.fullmatch(r"[a-z0-9-]+", region):
        return ""
    return f"arn:aws:sqs:{region}:{path['account']}:{path['name']}"
