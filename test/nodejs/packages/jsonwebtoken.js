import jwt from 'jsonwebtoken'

/** CommonJS all the way down, on node:crypto, node:stream, node:util and node:buffer. */
const SECRET = 'a secret of this test'

export default () => {
  const token = jwt.sign({ sub: 'ann', n: 1 }, SECRET, { expiresIn: '1h', issuer: 'here' })
  const fails = (act) => {
    try {
      return act()
    } catch (thrown) {
      return [thrown.name, thrown.message, thrown instanceof jwt.JsonWebTokenError]
    }
  }
  return Response.json({
    token,
    header: jwt.decode(token, { complete: true }).header,
    verified: jwt.verify(token, SECRET, { issuer: 'here' }).sub,
    algorithms: ['HS384', 'HS512'].map(
      (algorithm) => jwt.verify(jwt.sign({ algorithm }, SECRET, { algorithm }), SECRET).algorithm,
    ),
    wrong: fails(() => jwt.verify(token, 'another')),
    expired: fails(() => jwt.verify(jwt.sign({ exp: 1 }, SECRET), SECRET)),
    asymmetric: fails(() =>
      jwt.sign({}, '-----BEGIN PRIVATE KEY-----\nMC4=\n-----END PRIVATE KEY-----', { algorithm: 'RS256' }),
    ),
  })
}
