"""Liveness of the web process, asked from inside its container: exit status 0 when it answers."""

import http.client
import sys

from config import settings


def main() -> None:
    host = settings.ALLOWED_HOSTS[0].lstrip("*.") or "localhost"
    connection = http.client.HTTPConnection("127.0.0.1", settings.PORT, timeout=2)
    try:
        connection.request("GET", "/healthz", headers={"Host": host})
        status = connection.getresponse().status
    except OSError as failed:
        sys.exit(f"no answer: {failed}")
    finally:
        connection.close()
    if status != http.HTTPStatus.OK:
        sys.exit(f"answered with status {status}")


if __name__ == "__main__":
    main()
