"""Workers whose questions to publishers end at a publisher on this machine: `celery -A tests.scale.led worker`.

LED_PORT and LED_AUTHORITY (a file in PEM) name it. All else is as in `tradefin.orchestration.workers`.
"""

import os
from functools import partialmethod
from pathlib import Path

from tests.sources.loopback import ToLoopback
from tradefin.orchestration.workers import app, execute_plan
from tradefin.sources.http import Client

__all__ = ["app", "execute_plan"]

_transport = ToLoopback(int(os.environ["LED_PORT"]), Path(os.environ["LED_AUTHORITY"]).read_bytes())
Client.__init__ = partialmethod(Client.__init__, transport=_transport)  # type: ignore[method-assign,assignment]
