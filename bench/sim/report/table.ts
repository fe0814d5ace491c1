import type { Told } from './told.ts'

/** The report for people: a line per policy, then hither's way through time. */
export function table({ model, policies, control, decisionMicros, cost }: Told): string {
  const lines = [
    `${model.cities} cities, ${model.runners} runners with ${model.slots} slots, ${model.seconds.toFixed(1)} s, ` +
      `measured from ${model.warmupSeconds.toFixed(1)} s on; a run takes ${model.meanRunMs.toFixed(1)} ms in the mean ` +
      `(speeds × ${model.speedScale.toFixed(3)}); ${percent(model.hotDemandShare)} of the demand in cities that ask for more than they have`,
    row([
      '',
      'p50',
      'p99',
      'p99.9',
      'stretch 50',
      '99',
      'to O2',
      'lost',
      'lost rep.',
      'wasted',
      'busy',
      'refusals',
      'ratio 50',
      '99',
      '99.9',
    ]),
  ]
  const oracle = policies.oracle1
  for (const [name, one] of Object.entries(policies)) {
    const ratio = (of: 'p50Ms' | 'p99Ms' | 'p999Ms'): string => (oracle ? (one[of] / oracle[of]).toFixed(3) : '-')
    lines.push(
      row([
        name,
        ms(one.p50Ms),
        ms(one.p99Ms),
        ms(one.p999Ms),
        one.stretchP50.toFixed(3),
        one.stretchP99.toFixed(2),
        one.stretch2P50.toFixed(3),
        percent(one.lostShare),
        percent(one.lostRepeatableShare),
        percent(one.wastedShare),
        percent(one.busyShare),
        one.refusalsPerCall.toFixed(3),
        ratio('p50Ms'),
        ratio('p99Ms'),
        ratio('p999Ms'),
      ]),
    )
  }
  lines.push('', row(['mean ms', 'all', 'way', 'queue', 'cold', 'run', 'the rest']))
  for (const [name, { meanMs, spent }] of Object.entries(policies)) {
    const parts = [spent.wayMs, spent.queueMs, spent.coldMs, spent.runMs]
    const rest = meanMs - parts.reduce((sum, part) => sum + part, 0)
    lines.push(row([name, ...[meanMs, ...parts, rest].map(ms)]))
  }
  lines.push(...tails(policies))
  if (policies.hither !== undefined) {
    lines.push('', row(['hither from s', 'p50', 'p99', 'p99.9', 'lost']))
    for (const { fromSeconds, p50Ms, p99Ms, p999Ms, lost } of policies.hither.timeline) {
      lines.push(row([fromSeconds.toFixed(1), ms(p50Ms), ms(p99Ms), ms(p999Ms), String(lost)]))
    }
  }
  if (control !== undefined) {
    const { controlBytesPerPeerPerSecond, controlBytesP99Peer, ...parts } = control
    const some = Object.entries(parts).map(([name, bytes]) => `${name} ${bytes.toFixed(0)}`)
    lines.push(
      '',
      `beside calls a peer says ${controlBytesPerPeerPerSecond.toFixed(0)} B/s (${some.join(', ')}), p99 peer ${controlBytesP99Peer.toFixed(0)} B/s`,
    )
  }
  if (decisionMicros !== undefined) {
    lines.push('', `a decision takes ${decisionMicros.p50.toFixed(1)} µs, p99 ${decisionMicros.p99.toFixed(0)} µs`)
  }
  if (cost !== undefined)
    lines.push(`${cost.seconds.toFixed(1)} s (${cost.cpuSeconds.toFixed(1)} s of CPU), ${cost.maxRssMb} MB`)
  return lines.join('\n')
}

/** Of each policy's calls beyond its p99: where the time went, beside what the oracles needed for the same calls. */
function tails(policies: Told['policies']): string[] {
  return Object.entries(policies).flatMap(([name, { tail }]) => {
    if (tail === undefined) return []
    const { own, oracle1, oracle2, saves } = tail
    const of = (who: string, parts: typeof own, say: (value: number) => string): string =>
      row([who, ...Object.values(parts).map(say)])
    return [
      '',
      row([`${name} > p99`, 'way', 'queue', 'cold', 'run', 'the rest']),
      of('its calls', own, ms),
      of('  by oracle1', oracle1, ms),
      of('  by oracle2', oracle2, ms),
      of('p99 less by', saves, (share) => share.toFixed(3)),
    ]
  })
}

function row(cells: readonly string[]): string {
  return cells.map((cell, i) => (i === 0 ? cell.padEnd(14) : cell.padStart(10))).join('')
}

function ms(value: number): string {
  return value.toFixed(value < 1000 ? 1 : 0)
}

function percent(share: number): string {
  return `${(100 * share).toFixed(share < 0.01 ? 3 : 1)} %`
}
