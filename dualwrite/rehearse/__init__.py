"""A rehearsal: the whole migration on a copy, with traffic and faults, and a report."""
