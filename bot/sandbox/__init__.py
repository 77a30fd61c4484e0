"""The remote parties of the bot as real servers on loopback: to try it, and to test against it.

Nothing here is shared with the code that talks to the real ones, and nothing leaves this machine.
"""

from importlib.util import find_spec

_NEEDED = ("av", "espeakng_loader", "h11", "python_multipart", "starlette", "uvicorn")

if missing := [name for name in _NEEDED if not find_spec(name)]:
    raise ModuleNotFoundError(
        f"the sandbox needs {', '.join(missing)}: pip install 'ondemand-telegram-bot[sandbox]'"
    )
