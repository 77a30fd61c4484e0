"""The facts of the Bot API, from `api.json` beside this file: those of 10.3 (2026-08-24).

Names, types, what is required, limits of length; no descriptions. A parameter or field is
`[type, required, limits]`, a union is the list of its members.
"""

import json
from importlib.resources import files
from typing import Any

API: dict[str, Any] = json.loads(files(__package__).joinpath("api.json").read_text("utf-8"))
#: Method names as the documentation writes them, by their lower case: the server ignores case.
METHODS: dict[str, str] = {name.lower(): name for name in API["methods"]}
