import { checkName, HitherError, isPublisherId, parseCid } from '@hither/core'

/** The root of a gateway, without the last slash. Throws `usage`. */
export function gatewayRoot(url: string | URL): string {
  const parsed = URL.parse(String(url))
  if (parsed !== null && /^https?:$/.test(parsed.protocol))
    return `${parsed.origin}${parsed.pathname.replace(/\/+$/, '')}`
  throw new HitherError('usage', `"${String(url)}" is no address of a gateway`, {
    fix: 'give its URL, such as http://localhost:4280',
  })
}

/** Where a gateway has a function. Throws `bad-name`, so that no name can lead anywhere else. */
export function functionPath(target: string): string {
  const slash = target.indexOf('/')
  if (slash >= 0) return `/fn/${ownerOf(target.slice(0, slash))}/${checkName(target.slice(slash + 1))}`
  return /^b[a-z2-7]{50,}$/.test(target) ? `/cid/${parseCid(target).toString()}` : `/own/${checkName(target)}`
}

/** A key, or a petname that the gateway's peer knows. */
function ownerOf(publisher: string): string {
  return isPublisherId(publisher) ? publisher : checkName(publisher)
}
