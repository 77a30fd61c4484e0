"""The remote parties of the bot as real servers on loopback: to try it, and to test against it.

Nothing here is shared with the code that talks to the real ones, and nothing leaves this machine.
"""

from importlib.util import find_spec

if missing := [n for n in ("av", "espeakng_loader", "starlette", "uvicorn") if not find_spec(n)]:
    raise ModuleNotFoundError(
        f"the sandbox needs {', '.join(missing)}: pip install 'ondemand-telegram-bot[sandbox]'"
    )
