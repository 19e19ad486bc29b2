"""The queue of Amazon's notifications, by boto3. Loaded only by who listens: it takes its time to load.

Credentials come the ways boto3 knows: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, a profile, a role.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

# The most that SQS gives, and the longest it waits.
AT_A_TIME = 10
WAIT_SECONDS = 20


class QueueUnavailable(Exception):
    """The queue cannot be read, or not be written; the text is one line for people."""


@dataclass(frozen=True, slots=True)
class Message:
    """A message in hand; `receipt` deletes it, and it comes back by itself where nobody does."""

    body: str
    receipt: str


class Queue:
    """One queue; every call may raise QueueUnavailable. Nothing is repeated here."""

    def __init__(self, *, url: str, region: str, endpoint_url: str = "") -> None:
        self._url = url
        self._sqs = boto3.client(
            "sqs",
            region_name=region,
            endpoint_url=endpoint_url or None,
            config=Config(
                connect_timeout=5, read_timeout=WAIT_SECONDS + 10, retries={"total_max_attempts": 1}
            ),
        )

    def receive(self, *, wait_seconds: int = WAIT_SECONDS) -> list[Message]:
        """Up to ten messages, waited for when there are none."""
        try:
            answer = self._sqs.receive_message(
                QueueUrl=self._url, MaxNumberOfMessages=AT_A_TIME, WaitTimeSeconds=wait_seconds
            )
        except (BotoCoreError, ClientError) as broken:
            raise _unavailable(broken) from broken
        return [Message(one["Body"], one["ReceiptHandle"]) for one in answer.get("Messages", ())]

    def delete(self, messages: Sequence[Message]) -> int:
        """Delete them in one call; gives how many were not: those come again."""
        entries = [
            {"Id": str(number), "ReceiptHandle": message.receipt} for number, message in enumerate(messages)
        ]
        try:
            answer = self._sqs.delete_message_batch(QueueUrl=self._url, Entries=entries)
        except (BotoCoreError, ClientError) as broken:
            raise _unavailable(broken) from broken
        return len(answer.get("Failed", ()))

    def close(self) -> None:
        """Close its connections."""
        self._sqs.close()


def _unavailable(broken: BotoCoreError | ClientError) -> QueueUnavailable:
    """A code of AWS, or the kind of failure; never the words, which may hold addresses and keys."""
    if isinstance(broken, ClientError):
        code = broken.response.get("Error", {}).get("Code", "unknown")
        return QueueUnavailable(f"The queue's server refuses the call ({str(code)[:100]}).")
    return QueueUnavailable(f"The queue cannot be reached ({type(broken).__name__}).")
