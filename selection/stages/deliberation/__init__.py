"""Consultation, deliberation and decision (酝酿、讨论决定).

Leaders consult at three levels in order; the committee meets with its quorum, hears each candidate introduced and each
member's opinion, votes in secret, and hears the result on the spot.  The stage ends when every seat has its person.
Rulebook keys: ``consultation.*``, ``deliberation.*``, ``ballot.*``, ``motion.no_ad_hoc``.
"""

from selection.stages.deliberation import (
    ballot,
    consultation,
    destruction,
    material,
    meeting,
    paper,
    recount,
    removal,
    scrutiny,
)

__all__ = ["ballot", "consultation", "destruction", "material", "meeting", "paper", "recount", "removal", "scrutiny"]
