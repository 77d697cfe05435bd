"""The provider's own pages behind a login: each portal is a relying party of ours and logs people in like a service.

Shared here: the sign-in, the visitor, forms that a fresh login may interrupt. What a portal is about, its own
package knows.
"""
