"""Orders in a day's file: a script obeys them instead of doing its work."""

import sys
import time
from pathlib import Path


def obey(text: str) -> None:
    """Fail, or wait to be stopped, if the text contains such an order."""
    if text.startswith("!fail"):
        message = Path("/opt/ml/output/message")
        message.parent.mkdir(parents=True, exist_ok=True)
        message.write_text("told to fail: 失敗", encoding="utf-8")
        sys.exit(1)
    if text.startswith("!wait"):
        print("waiting to be stopped", flush=True)
        time.sleep(600)
