"""Who a person is: identifiers, names, birth dates and places, and the decision that two records are one.

Knows nothing of HTTP, databases or protocols: every rule here takes values and returns a value.
"""
