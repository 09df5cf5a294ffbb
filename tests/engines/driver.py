"""Maps a function of the tests over works: `driver.py ENGINE FUNCTION RETRIES ADDRESS WORK...`."""

import json
import sys

from usagectl.engines.engine import connected
from usagectl.model.exceptions import UsagectlError


def main():
    name, function, retries, address, *works = sys.argv[1:]
    try:
        engine = connected(name, address or None, int(retries))
        try:
            done = sorted(engine.map(f"cluster_work:{function}", works))
        finally:
            engine.close()
    except UsagectlError as error:
        print(json.dumps({"error": type(error).__name__, "message": str(error)}))
        return
    print(json.dumps({"done": [[index, data.decode()] for index, data in done]}))


if __name__ == "__main__":
    main()
