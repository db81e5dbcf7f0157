"""The verbs of the box around a flood of ballots, beside a served site (备好与点清一个票箱).

Run in a process of its own: ``python -m tests.faults.urn open <round> <public key>`` lets the holders of credentials
vote, ``… count <round>`` seals the box, counts it with every signature checked again, and prints how many it has.
"""

import os
import sys
from uuid import UUID

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cadre.settings")
django.setup()

from selection.ballots import box  # noqa: E402 - the settings are read by django.setup above
from tests.selection.ballots.rounds import SHEET  # noqa: E402


def main(verb: str, round_id: UUID, *public: str) -> None:
    if verb == "open":
        box.prepare(round_id, SHEET, [], bytes.fromhex(*public))
        box.open(round_id)
    else:
        box.close(round_id)
        print(box.tally(round_id).valid)


if __name__ == "__main__":
    main(sys.argv[1], UUID(sys.argv[2]), *sys.argv[3:])
