"""A source that is a mobile number: the code goes to the number itself; then the operator may say who subscribes.

Named apart from the top-level `mobile_otp`, which knows numbers and codes and no source.
"""
