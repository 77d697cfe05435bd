"""What a login costs: a provider to measure, a load generator, and the command that runs them (`make bench`)."""
