"""What `scope doctor` says of a logout."""

from __future__ import annotations

import pytest

from scope.cli.checks.logout import found
from scope.sessions.processes.logout import Login

IN_LOGIN = Login(has_systemd=True, is_in_login=True, has_manager=True, lingers=False)
LINGERS = Login(has_systemd=True, is_in_login=True, has_manager=True, lingers=True)
SERVICE = Login(has_systemd=True, is_in_login=False, has_manager=True, lingers=True)
ALONE = Login(has_systemd=True, is_in_login=True, has_manager=False, lingers=True)


@pytest.mark.parametrize(
    ("login", "server", "kills", "repair"),
    [
        (IN_LOGIN, None, False, None),
        (IN_LOGIN, IN_LOGIN, False, None),
        (IN_LOGIN, None, True, "loginctl enable-linger"),
        (IN_LOGIN, None, None, "loginctl enable-linger"),
        (LINGERS, None, True, None),
        (LINGERS, SERVICE, True, None),
        (LINGERS, LINGERS, True, "scope watch stop"),
        (SERVICE, None, True, None),
        (ALONE, None, True, "XDG_RUNTIME_DIR"),
    ],
)
def test_it_is_said_whether_a_logout_ends_the_sessions(
    login: Login, server: Login | None, kills: bool | None, repair: str | None
) -> None:
    """Only where logind kills, and nothing outlives it; and each time the line that helps."""
    said = found(login, server, kills=kills)
    assert said.is_ok == (repair is None)
    assert (repair or "") in said.repair
    assert "logout" in said.says or "login" in said.says
