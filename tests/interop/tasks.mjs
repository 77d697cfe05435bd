// Driven from outside: every line of standard input is one task in JSON ({"do": "begin", …}), every line of standard
// output its result, or why the library refused.

import { createInterface } from 'node:readline'
// Before any library, which expects the global.
import './webcrypto.mjs'

export async function answer(tasks) {
  for await (const line of createInterface({ input: process.stdin })) {
    const task = JSON.parse(line)
    let result
    try {
      result = { result: await tasks[task.do](task) }
    } catch (error) {
      result = { failure: { code: error.code, error: error.error, status: error.status, message: error.message } }
    }
    process.stdout.write(JSON.stringify(result) + '\n')
  }
}

// An EC key of a registration, as Web Crypto has it: { key, kid }.
export async function signingKey({ kid, ...jwk }) {
  const key = await crypto.subtle.importKey('jwk', jwk, { name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign'])
  return { key, kid }
}
