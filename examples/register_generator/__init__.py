"""Registers of invented people: whom they hold, and what is wrong in them.

Owns the recipe, from shares of surnames to rates of clerks' mistakes. Knows nothing of the provider and
shares no rule with its matching, which is measured against what is made here. No list of real people has
been used; every number lies in a range that is given to nobody.
"""
