"""A person's own history: each login with service, source, level, device and network, and the devices they use.

Device and network are coarse and sealed: such a history is sensitive data (domain §3.1). Read by its owner, and by
operators who give a reason; never given to a service.
"""
