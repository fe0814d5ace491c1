import * as jose from 'jose'

/** Signs and verifies with each kind of key, through the forms in which keys travel; and encrypts. */
const CLAIMS = { iss: 'here', aud: 'there' }

export default async (request: Request): Promise<Response> => {
  const { pathname, searchParams } = new URL(request.url)
  const alg = searchParams.get('alg') ?? ''
  if (pathname === '/sign') return Response.json(await signed(alg))
  if (pathname === '/encrypt') return Response.json(await encrypted(alg))
  return Response.json(await shared())
}

async function signed(alg: string): Promise<object> {
  const { publicKey, privateKey } = await jose.generateKeyPair(alg, { extractable: true })
  const jwk = { ...(await jose.exportJWK(publicKey)), kid: 'k', alg }
  const again = await jose.importPKCS8(await jose.exportPKCS8(privateKey), alg)
  const token = await new jose.SignJWT({ n: 1 })
    .setProtectedHeader({ alg, kid: 'k' })
    .setIssuer(CLAIMS.iss)
    .setAudience(CLAIMS.aud)
    .setExpirationTime('1h')
    .sign(again)
  const byJwks = await jose.jwtVerify(token, jose.createLocalJWKSet({ keys: [jwk] }), {
    issuer: CLAIMS.iss,
    audience: CLAIMS.aud,
  })
  const spki = await jose.importSPKI(await jose.exportSPKI(publicKey), alg)
  const bySpki = await jose.jwtVerify(token, spki)
  const other = await jose.generateKeyPair(alg)
  return {
    payload: [byJwks.payload['n'], bySpki.payload['n']],
    wrongKey: await codeOf(jose.jwtVerify(token, other.publicKey)),
    wrongAudience: await codeOf(jose.jwtVerify(token, publicKey, { audience: 'nobody' })),
    token,
    jwk,
  }
}

async function encrypted(alg: string): Promise<object> {
  const { publicKey, privateKey } = await jose.generateKeyPair(alg)
  const header = { alg, enc: 'A256GCM' }
  const token = await new jose.EncryptJWT({ n: 2 }).setProtectedHeader(header).encrypt(publicKey)
  const { payload } = await jose.jwtDecrypt(token, privateKey)
  return { parts: token.split('.').length, n: payload['n'] }
}

/** With one secret for both sides. */
async function shared(): Promise<object> {
  const secret = new TextEncoder().encode('thirty-two bytes of a secret.....')
  const token = await new jose.SignJWT({ n: 3 }).setProtectedHeader({ alg: 'HS256' }).sign(secret)
  return { n: (await jose.jwtVerify(token, secret)).payload['n'], token }
}

async function codeOf(verifying: Promise<unknown>): Promise<unknown> {
  return verifying.then(
    () => 'verified',
    (thrown: { code?: string }) => thrown.code,
  )
}
