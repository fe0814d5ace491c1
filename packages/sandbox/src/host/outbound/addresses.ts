import { BlockList, isIP } from 'node:net'

/** Addresses that are no single host of the public Internet, by what they are: RFC 6890 and the registries that it began. */
const SPECIAL: readonly [what: string, ...networks: string[]][] = [
  ['an IPv4 address in the clothes of IPv6', '::ffff:0:0/96', '::ffff:0:0:0/96'],
  ['no address of any host', '0.0.0.0/8', '::/128'],
  ['this machine itself', '127.0.0.0/8', '::1/128'],
  ['an IPv4 address in the clothes of IPv6', '::/96'],
  ['in a private network', '10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', 'fc00::/7', 'fec0::/10'],
  ['behind a carrier’s NAT', '100.64.0.0/10'],
  ['of this link only', '169.254.0.0/16', 'fe80::/10'],
  ['a broadcast', '255.255.255.255/32'],
  ['a group of hosts', '224.0.0.0/4', 'ff00::/8'],
  ['a way through 6to4', '192.88.99.0/24', '2002::/16'],
  ['a way through Teredo', '2001::/32'],
  ['a way through NAT64', '64:ff9b::/96', '64:ff9b:1::/48'],
  ['kept for examples', '192.0.2.0/24', '198.51.100.0/24', '203.0.113.0/24', '2001:db8::/32', '3fff::/20'],
  [
    'kept for protocols and tests',
    '192.0.0.0/24',
    '198.18.0.0/15',
    '240.0.0.0/4',
    '100::/64',
    '2001::/23',
    '5f00::/16',
  ],
]

/** All that was ever given to hosts of IPv6. */
const GLOBAL_V6: Networks = networksOf(['2000::/3'])

const KINDS: readonly (readonly [string, Networks])[] = SPECIAL.map(([what, ...networks]) => [
  what,
  networksOf(networks),
])

/** What an address is, where it is no host of the public Internet; undefined where it is one. */
export function specialty(address: string): string | undefined {
  if (familyOf(withoutZone(address)) === undefined) return 'no address at all'
  const found = KINDS.find(([, networks]) => isIn(networks, address))
  if (found !== undefined) return found[0]
  return address.includes(':') && !isIn(GLOBAL_V6, address) ? 'kept for later' : undefined
}

/** Networks of both families, apart: a list takes an address for the other family's form of it. */
export type Networks = Record<'ipv4' | 'ipv6', BlockList>

/** Networks as they are written, such as `10.0.0.0/8`. */
export function networksOf(texts: readonly string[]): Networks {
  const networks = { ipv4: new BlockList(), ipv6: new BlockList() }
  for (const text of texts) {
    const [address = '', prefix = ''] = text.split('/')
    const family = familyOf(withoutZone(address))
    if (family !== undefined) networks[family].addSubnet(withoutZone(address), Number(prefix), family)
  }
  return networks
}

export function isIn(networks: Networks, address: string): boolean {
  const bare = withoutZone(address)
  const family = familyOf(bare)
  return family !== undefined && networks[family].check(bare, family)
}

function familyOf(address: string): keyof Networks | undefined {
  const version = isIP(address)
  return version === 0 ? undefined : version === 4 ? 'ipv4' : 'ipv6'
}

/** `fe80::1%eth0` is `fe80::1`. */
function withoutZone(address: string): string {
  return address.split('%')[0] ?? ''
}
