"""What a running house says of itself."""

import json
import urllib.error
import urllib.request


def healthz(port: int) -> dict[str, object]:
    """What /healthz says; empty if the page does not answer."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=2) as answer:
            return dict(json.load(answer))
    except urllib.error.HTTPError as error:
        with error:
            return dict(json.load(error))
    except (OSError, ValueError):
        return {}
