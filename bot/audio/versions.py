"""What differs between the versions of PyAV: Python 3.11 has 18, later ones have 19."""

from typing import Any

import av

_IS_OLD = int(av.__version__.partition(".")[0]) < 19

#: For a resampler. From 19 on each has threads that live until it is collected; one is plenty.
ONE_THREAD: dict[str, Any] = {} if _IS_OLD else {"threads": 1}
#: For opening a file. Before 19 a tag that is no UTF-8 would make the file unreadable.
ANY_TAGS: dict[str, Any] = {"metadata_errors": "ignore"} if _IS_OLD else {}
