import { createPublicKey, verify, type JsonWebKey } from 'node:crypto'
import { expect, test } from 'vitest'
import { deployed } from '../support/deployed.ts'

/** What packages do with crypto.subtle. */

interface Signed {
  payload: unknown[]
  wrongKey: string
  wrongAudience: string
  token: string
  jwk: JsonWebKey
}

/** How node:crypto is told of an algorithm that jose knows by its JOSE name. */
const PSS = { padding: 6, saltLength: 32 }
const HOW = {
  RS256: ['sha256', {}],
  PS256: ['sha256', PSS],
  ES256: ['sha256', { dsaEncoding: 'ieee-p1363' }],
  ES384: ['sha384', { dsaEncoding: 'ieee-p1363' }],
  EdDSA: [null, {}],
} as const

test.each(Object.entries(HOW))(
  'jose signs and verifies with %s, as node:crypto sees it too',
  async (alg, [hash, how]) => {
    const { json } = await deployed('packages/jose.ts')
    const { token, jwk, ...outcome } = (await json(`/sign?alg=${alg}`)) as Signed
    expect(outcome).toEqual({
      payload: [1, 1],
      wrongKey: 'ERR_JWS_SIGNATURE_VERIFICATION_FAILED',
      wrongAudience: 'ERR_JWT_CLAIM_VALIDATION_FAILED',
    })
    const [head = '', payload = '', signature = ''] = token.split('.')
    const key = createPublicKey({ key: jwk, format: 'jwk' })
    const data = Buffer.from(`${head}.${payload}`)
    expect(verify(hash, data, { key, ...how }, Buffer.from(signature, 'base64url'))).toBe(true)
  },
)

test.each(['RSA-OAEP-256', 'ECDH-ES+A128KW'])('jose encrypts and decrypts with %s', async (alg) => {
  const { json } = await deployed('packages/jose.ts')
  expect(await json(`/encrypt?alg=${encodeURIComponent(alg)}`)).toEqual({ parts: 5, n: 2 })
})

test('jose signs with a shared secret', async () => {
  const { json } = await deployed('packages/jose.ts')
  expect(await json('/shared')).toMatchObject({ n: 3, token: expect.stringMatching(/^[\w-]+\.[\w-]+\.[\w-]+$/) })
})

test('hono signs tokens, and tags answers that are asked for again', async () => {
  const { fetch, json } = await deployed('packages/hono.ts')
  expect(await json('/jwt')).toEqual({ parts: 3, sub: 'ann', wrong: 'JwtTokenSignatureMismatched' })
  const tag = (await fetch('/api/users/7')).headers.get('etag') ?? ''
  expect((await fetch('/api/users/7', { headers: { 'if-none-match': tag } })).status).toBe(304)
})
