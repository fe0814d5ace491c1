import type { Link } from '@hither/core'
import type { Status } from '@hither/peer'

/** What a peer's metrics are made of. */
export interface Measured {
  status: Pick<Status, 'uptimeMs' | 'peers' | 'names' | 'store' | 'calls' | 'runner' | 'traffic'>
  links: readonly Pick<Link, 'peer' | 'rttMs'>[]
  /** Of this process, in bytes. */
  memoryBytes: number
}

type Labels = Record<string, string>
type Sample = [value: number, labels?: Labels]

/** A peer's numbers in Prometheus' text format 0.0.4: seconds and bytes, counters since its start. */
export function metrics({ status, links, memoryBytes }: Measured): string {
  const { uptimeMs, peers, names, store, calls, runner, traffic } = status
  const { made, ...outcomes } = calls
  const bytes = (by: Record<string, number>, direction: string): Sample[] =>
    Object.entries(by).map(([kind, value]) => [value, { direction, kind }])
  const lines = [
    ...counter('hither_calls_made_total', 'Calls of this peer’s own user.', [[made]]),
    ...counter(
      'hither_calls_total',
      'Calls of others that came to this peer, by how they ended.',
      Object.entries(outcomes).map(([outcome, value]) => [value, { outcome }]),
    ),
    ...gauge('hither_peers', 'Peers with a link.', [[peers]]),
    ...gauge(
      'hither_link_rtt_seconds',
      'Round trip to a peer.',
      links.flatMap(({ peer, rttMs }): Sample[] => (rttMs === undefined ? [] : [[rttMs / 1000, { peer }]])),
    ),
    ...counter('hither_traffic_bytes_total', 'Bytes on call streams.', [
      ...bytes(traffic.sent, 'sent'),
      ...bytes(traffic.received, 'received'),
    ]),
    ...gauge('hither_store_bytes', 'Bytes of blocks on disk.', [[store.bytes]]),
    ...gauge('hither_store_cap_bytes', 'Bytes that blocks may take.', [[store.capBytes]]),
    ...gauge('hither_store_blocks', 'Blocks on disk.', [[store.count]]),
    ...gauge('hither_names', 'Names that are known here.', [[names]]),
    ...gauge('hither_uptime_seconds', 'Time since the peer went online.', [[uptimeMs / 1000]]),
    ...gauge('process_resident_memory_bytes', 'Memory of the peer’s process, without its sandboxes.', [[memoryBytes]]),
  ]
  if (runner !== undefined) {
    const { accepting, slots, busy, queued } = runner
    lines.push(
      ...gauge('hither_runner_accepting', 'Whether it takes work now.', [[Number(accepting)]]),
      ...gauge('hither_runner_slots', 'Calls that it runs at once.', [
        [busy, { state: 'busy' }],
        [Math.max(0, slots - busy), { state: 'free' }],
      ]),
      ...gauge('hither_runner_queued', 'Calls that wait for a slot.', [[queued]]),
    )
  }
  return `${lines.join('\n')}\n`
}

function counter(name: string, help: string, samples: Sample[]): string[] {
  return metric('counter', name, help, samples)
}

function gauge(name: string, help: string, samples: Sample[]): string[] {
  return metric('gauge', name, help, samples)
}

function metric(type: string, name: string, help: string, samples: Sample[]): string[] {
  const said = samples.map(([value, labels = {}]) => `${name}${labelled(labels)} ${value}`)
  return [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`, ...said]
}

/** No value has a quote, a backslash or a line's end: they are our own words and peer ids. */
function labelled(labels: Labels): string {
  const pairs = Object.entries(labels).map(([label, value]) => `${label}="${value}"`)
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`
}
