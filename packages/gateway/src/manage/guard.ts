import { HitherError } from '@hither/core'
import type { MiddlewareHandler } from 'hono'

/** How a browser says that its user asked by hand, or a page of this very origin did. Other clients say nothing. */
const OWN: readonly (string | undefined)[] = ['none', 'same-origin', undefined]

/** No page of another origin may read or show what is here, nor learn by its timing or size that it is. */
export const onlyForItsUser: MiddlewareHandler = async ({ req, header }, next) => {
  if (!OWN.includes(req.header('sec-fetch-site'))) {
    throw new HitherError('cross-site', 'pages of other origins are told nothing here', {
      fix: 'type the address, or use a bookmark',
    })
  }
  await next()
  header('cache-control', 'no-store')
  header('content-security-policy', "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'")
  header('cross-origin-resource-policy', 'same-origin')
  header('referrer-policy', 'no-referrer')
  header('x-content-type-options', 'nosniff')
}
