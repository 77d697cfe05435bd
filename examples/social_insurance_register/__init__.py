"""The social-insurance register of the sandbox: knows people by number, and the telephone on file since when."""
