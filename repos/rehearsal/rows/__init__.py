"""One generator per table: rows computed from their number, one after the other, kept nowhere."""
