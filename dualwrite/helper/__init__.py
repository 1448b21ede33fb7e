"""A process of its own for the work behind the callers: what it does costs those who answer nothing but the handing over.

    the application's process                     the helper
    Helper ── jobs and questions ──▶  socket  ──▶ Threads, as they would run in the application
           ◀─ reports, figures, log lines ──

Nothing is lost with it. A write is owed in the journal before it is handed over; a helper that dies leaves its obligations as any
process does, is started again, and until it has reported, what is written belongs to the relay.
"""

from dualwrite.helper.handle import Helper

__all__ = ["Helper"]
