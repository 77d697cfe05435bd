"""What happened, once per outcome, without personal data: typed events, the append-only log, its seals."""
