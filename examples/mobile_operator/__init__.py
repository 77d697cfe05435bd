"""The mobile operator of the sandbox: knows to whom a number is subscribed, and since when."""
