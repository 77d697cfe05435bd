// Node 18 (Debian 12) has Web Crypto, but not as the globals that browsers and later Node have.
import { webcrypto } from 'node:crypto'

globalThis.crypto ??= webcrypto
globalThis.CryptoKey ??= webcrypto.CryptoKey
