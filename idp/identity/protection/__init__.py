"""How a person, or an operator for them, guards an account: what can be stopped, ended or closed."""
