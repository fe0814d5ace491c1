import { BlockList } from 'node:net'
import { multiaddr } from '@multiformats/multiaddr'

/** From where an address leads to one and the same peer: this machine, a line, a private network, anywhere. */
const SCOPES = ['loopback', 'link', 'private', 'public'] as const
type Scope = (typeof SCOPES)[number]

/** RFC 1122, 3927, 1918, 6598; RFC 4291, 4193. In the order of the scopes. */
const NARROW: Record<Exclude<Scope, 'public'>, BlockList> = {
  loopback: listOf(['127.0.0.0/8', '0.0.0.0/8'], ['::1/128', '::/128']),
  link: listOf(['169.254.0.0/16'], ['fe80::/10']),
  private: listOf(['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '100.64.0.0/10'], ['fc00::/7']),
}

/** Undefined for what is not a host and a TCP port in numbers: nobody dials a name because somebody else says so. */
export function scopeOf(address: string): Scope | undefined {
  const [host, port, ...rest] = multiaddr(address)
    .getComponents()
    .filter(({ name }) => name !== 'ip6zone' && name !== 'p2p')
  const family = host?.name === 'ip4' ? 'ipv4' : host?.name === 'ip6' ? 'ipv6' : undefined
  if (family === undefined || host?.value === undefined || port?.name !== 'tcp' || rest.length > 0) return undefined
  const { value } = host
  // One of IPv4 written in IPv6 is judged as that: BlockList sees through it.
  return SCOPES.find((scope) => scope !== 'public' && NARROW[scope].check(value, family)) ?? 'public'
}

/**
 * Those that may be dialled by what somebody said who is connected from `from`: whoever speaks from afar knows no private address
 * that would mean the same here.
 */
export function within(addresses: readonly string[], from: string): string[] {
  const least = SCOPES.indexOf(scopeOf(from) ?? 'public')
  return addresses.filter((address) => {
    const scope = scopeOf(address)
    return scope !== undefined && SCOPES.indexOf(scope) >= least
  })
}

function listOf(ipv4: readonly string[], ipv6: readonly string[]): BlockList {
  const list = new BlockList()
  for (const [family, subnets] of [['ipv4', ipv4] as const, ['ipv6', ipv6] as const]) {
    for (const subnet of subnets) {
      const [net = '', prefix] = subnet.split('/')
      list.addSubnet(net, Number(prefix), family)
    }
  }
  return list
}
