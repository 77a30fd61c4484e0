"""Who may use the bot."""

from bot.sandbox.ondemand import OnDemandSandbox
from bot.sandbox.telegram.people import Person
from tests.dialogues.conftest import RunningBot, is_final


async def test_a_stranger_is_told_how_to_be_let_in_and_costs_nothing(
    anna: Person, bruno: Person, ondemand: OnDemandSandbox, bot: RunningBot
) -> None:
    """A private bot tells me my number; its admin lets me in with it, and out again."""
    await bot.restart(ACCESS="allowlist", ADMIN_USER_IDS=str(anna.id))

    await bruno.says("May I?")
    (refusal,) = await bruno.reads()
    await anna.says(f"/admin admit {bruno.id}")
    await anna.reads()
    await bruno.says("And now?")
    (answer,) = await bruno.reads(when=is_final)
    await anna.says(f"/admin dismiss {bruno.id}")
    await anna.reads()
    await bruno.says("Still?")
    (last,) = await bruno.reads()

    assert str(bruno.id) in refusal.text
    assert "And now?" in answer.text
    assert last.text == refusal.text
    assert ondemand.paid == 1
