"""A session that somebody left in the test database does not keep it from being dropped."""

import pytest
from django.db import OperationalError, connection

from tests import fixtures_sessions

pytestmark = pytest.mark.postgres


def test_a_session_that_is_left_is_told_to_go_and_what_it_did_is_said(
    transactional_db: None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(fixtures_sessions, "PATIENCE_SECONDS", 0.2)
    left = connection.copy()
    with left.cursor() as cursor:
        cursor.execute("SELECT 'still here'")

    fixtures_sessions.end_the_sessions_of_others()

    assert fixtures_sessions._others() == []
    assert "SELECT 'still here'" in capsys.readouterr().err
    with pytest.raises(OperationalError), left.cursor() as cursor:
        cursor.execute("SELECT 1")
    left.close()


def test_a_session_that_the_server_ended_meanwhile_is_no_failure(transactional_db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (ours,) = cursor.fetchone()
    other = connection.copy()
    with other.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [ours])
    other.close()

    fixtures_sessions.end_the_sessions_of_others()

    assert fixtures_sessions._others() == []
