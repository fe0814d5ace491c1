import { admitsHost, type Egress, type Profile } from '@hither/core'
import { isIn, networksOf, specialty } from './addresses.ts'
import { isBadPort } from './bad-ports.ts'
import { HOST_MAX_CHARS, URL_MAX_CHARS } from './limits.ts'
import type { OwnAddresses } from './own-addresses.ts'

/** Where a request goes, once that is known to be allowed by its manifest. */
export interface Target {
  url: URL
  /** A name, or an address without brackets. */
  host: string
  port: number
  secure: boolean
}

/** Why a request is not made, in words for the function's author. */
export class Refused extends Error {}

const OFF = 'the owner of the runner lets no function go to the Internet (fn volunteer set egress=public)'

/** What a manifest and a machine's owner let a function reach. */
export class Policy {
  private readonly egress: () => Egress
  private readonly own: OwnAddresses

  constructor(egress: () => Egress, own: OwnAddresses) {
    this.egress = egress
    this.own = own
  }

  /** What of a URL may be asked for. Throws `Refused`. */
  admit(text: string, patterns: readonly string[]): Target {
    const url = text.length > URL_MAX_CHARS ? null : URL.parse(text)
    if (url === null) throw new Refused(`the URL cannot be parsed, or has more than ${URL_MAX_CHARS} characters`)
    const { protocol, hostname, port: named } = url
    if (protocol !== 'http:' && protocol !== 'https:')
      throw new Refused(`requests go by http: and https:, not by ${protocol}`)
    if (url.username !== '' || url.password !== '') throw new Refused('the URL holds a user name or a password')
    if (hostname.length > HOST_MAX_CHARS) throw new Refused('the host name is longer than any can be')
    if (!admitsHost(patterns, url)) throw new Refused(notListed(url))
    const secure = protocol === 'https:'
    const port = named === '' ? (secure ? 443 : 80) : Number(named)
    if (isBadPort(port)) throw new Refused(`port ${port} is kept from requests, by the Fetch Standard`)
    return { url, host: hostname.replace(/^\[|\]$/g, ''), port, secure }
  }

  /** Throws `Refused` where this address is none that a function of this profile may reach. */
  checkAddress({ host, port }: Target, address: string, profile: Profile): void {
    const egress = this.egress()
    if (profile === 'trusted' && isPermitted(egress, address, port)) return
    const what = specialty(address) ?? (this.own.has(address) ? 'this machine’s, or of its own network' : undefined)
    if (what !== undefined)
      throw new Refused(
        `${host} has an address that is ${what}, and the owner of the runner lets no function go there; they may: fn volunteer set egress=public,ADDRESS:PORT`,
      )
    if (!egress.public) throw new Refused(OFF)
  }

  /** Throws `Refused` where functions of this profile may go nowhere: name servers would hear of what they ask for. */
  checkOpen(profile: Profile): void {
    const { public: open, also } = this.egress()
    if (!open && (profile !== 'trusted' || also.length === 0)) throw new Refused(OFF)
  }
}

function isPermitted({ also }: Egress, address: string, port: number): boolean {
  return also.some(
    (place) => (place.port ?? port) === port && isIn(networksOf([`${place.address}/${place.prefix}`]), address),
  )
}

function notListed({ host }: URL): string {
  return `${host} is not in the manifest's \`egress\`; add it there (in fn.json: "egress": ["${host}"]) and deploy again`
}
