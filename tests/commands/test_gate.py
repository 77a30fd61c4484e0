"""The gate, `python -m tests`: what it may touch."""

import sys

import pytest

from tests.__main__ import run


def test_no_check_sees_the_database_of_my_shell(monkeypatch: pytest.MonkeyPatch) -> None:
    """I run the tests in a shell that knows the real database, and nothing happens to it."""
    monkeypatch.setenv("DATABASE_URL", "sqlite:///real.db")
    monkeypatch.setenv("TEST_DATABASE_URL", "postgresql://tests")
    looks = "import os, sys; sys.exit([name for name in os.environ if 'DATABASE' in name] != {})"

    sees_only_its_own = run(sys.executable, "-c", looks.format(["TEST_DATABASE_URL"]))

    assert sees_only_its_own
