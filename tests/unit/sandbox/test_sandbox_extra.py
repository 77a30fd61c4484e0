"""What happens where the sandbox's libraries are not installed."""

import importlib
import importlib.util

import pytest

import bot.sandbox


def test_a_missing_library_is_told_with_its_cure(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever lacks the extra is told in one line how to install it."""
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "av" else name)

    with pytest.raises(ModuleNotFoundError) as told:
        importlib.reload(bot.sandbox)

    needed = "pip install 'ondemand-telegram-bot[sandbox]'"
    assert str(told.value) == f"the sandbox needs av: {needed}"
