#!/usr/bin/env python3
"""Ask one address of the site whether it is well: ``python tools/probe.py http://127.0.0.1:8000/healthz``.

For health checks of containers: standard library alone, so that asking costs little.  Ends with 0 where the answer is
200.  The site answers only to its own names, so the first of ALLOWED_HOSTS is given as the name asked for.
"""

import os
import sys
import urllib.error
import urllib.request


def main(address: str) -> int:
    name = os.environ.get("ALLOWED_HOSTS", "").split(",")[0].strip().lstrip(".*") or "localhost"
    request = urllib.request.Request(address, headers={"Host": name})  # noqa: S310 - whoever set up the check named it
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with direct.open(request, timeout=5) as answer:
            print(answer.read(500).decode(errors="replace"), end="")
            return 0
    except urllib.error.HTTPError as refused:
        print(refused.read(500).decode(errors="replace"), end="")
    except OSError as problem:
        print(getattr(problem, "reason", problem))
    return 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
