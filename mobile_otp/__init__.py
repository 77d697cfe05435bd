"""The mobile authenticator: numbers, codes, messages, gateways, TOTP and QR.

Knows nobody: no person, no limits, no storage, no clock. It says what a number is, whether a code fits and
how a message leaves; who may ask for one, and how often, is decided elsewhere.

- `numbers`: what a citizen typed → one canonical Vietnamese mobile number
- `codes`: one-time codes; `totp`: codes from an authenticator app; `qr`: the picture such an app reads
- `messages`, `notices`: the texts; `gsm7`: what they cost
- `gateways`: the contract with whoever sends; `http_gateway`, `kannel_gateway`: two who do
"""
