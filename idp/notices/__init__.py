"""What a person is told about their own account, and the messages on their way out of the house.

Owns the kinds of notices, their texts and their delivery. Knows channels and languages; knows nothing of logins,
links or cases: whoever changes something writes the notice in the same transaction.
"""
