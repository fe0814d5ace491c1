import { setTimeout as pause } from 'node:timers/promises'
import type { RunningPeer } from '../../examples/demo/fn.ts'
import { median, sum } from '../measure/numbers.ts'
import { addressOf, peers } from '../measure/peers.ts'
import { cpuUsOf, familyOf, rssBytesOf, wakesOf } from '../measure/proc.ts'
import { program } from '../measure/program.ts'
import type { Gathering } from '../programs/crowd.ts'
import type { Measure } from '../report/report.ts'
import type { Findings, Topic } from './topic.ts'

/**
 * What a volunteering peer costs its owner that has peers and nothing to do: it and the sandbox process that it keeps ready. The peers that it has are
 * libp2p nodes in another process, which measure their link to it, state and advertise themselves as runners do, and refuse to run anything. One with
 * few and one with many are looked at together.
 */

const PEERS = [3, 50]
/** What the bars are for. */
const JUDGED = 50

/** Until links are measured and everybody has heard of everybody. */
const SETTLE_MS = { quick: 6_000, full: 15_000 }
const MEASURE_MS = { quick: 12_000, full: 300_000 }

/** Memory comes and goes; what a peer takes is the most of it. */
const LOOK_EVERY_MS = 3_000

const MB = 1024 * 1024

interface Cost {
  cpu: number
  /** The most that was seen, and the median of all looks. */
  rss: number
  rssMedian: number
  wakes: number
  processes: number
}

export const topic: Topic = {
  async run({ atEnd, quick, note }) {
    const net = await peers(atEnd)
    const idle = new Map<number, RunningPeer>()
    for (const count of PEERS) {
      const peer = await net.up(`idle${count}`, ['--volunteer'])
      const crowd = await program('crowd', atEnd)
      await crowd.ask('gather', { count, join: addressOf(peer) } satisfies Gathering)
      idle.set(count, peer)
    }
    const length = quick ? 'quick' : 'full'
    await pause(SETTLE_MS[length])
    note(`waiting ${MEASURE_MS[length] / 1000} s`)
    const costs = await Promise.all(
      [...idle].map(async ([count, { pid }]) => [count, await costOf(pid, MEASURE_MS[length])] as const),
    )
    for (const [count, peer] of idle) {
      const { peers: linked } = await net.fn<{ peers: number }>(`idle${count}`, ['status'])
      if (linked !== count) throw new Error(`${peer.status.peer} has ${linked} peers in place of ${count}`)
    }
    const judged = new Map(costs).get(JUDGED)
    const findings: Findings = { figures: [], measures: costs.flatMap(([count, cost]) => measuresOf(count, cost)) }
    if (judged === undefined) return findings
    findings.figures.push({ id: 'idle-cpu', value: judged.cpu }, { id: 'idle-rss', value: judged.rss })
    return findings
  },
}

async function costOf(pid: number, forMs: number): Promise<Cost> {
  const wakes = (): number => sum(familyOf(pid).map(wakesOf))
  const before = { us: cpuUsOf(pid), wakes: wakes(), at: performance.now() }
  const seen: number[] = []
  for (let left = forMs; left > 0; left = forMs - (performance.now() - before.at)) {
    await pause(Math.min(LOOK_EVERY_MS, left))
    seen.push(sum(familyOf(pid).map(rssBytesOf)) / MB)
  }
  const ms = performance.now() - before.at
  return {
    cpu: (cpuUsOf(pid) - before.us) / ms / 10,
    wakes: (1000 * (wakes() - before.wakes)) / ms,
    rss: Math.max(...seen),
    rssMedian: median(seen),
    processes: familyOf(pid).length,
  }
}

const MEASURED: Record<keyof Cost, [what: string, unit: string]> = {
  cpu: ['processor', '% of a core'],
  wakes: ['times that a thread gave up a processor', 'per s'],
  rss: ['resident memory at its most, what processes share counted for each', 'MB'],
  rssMedian: ['resident memory, median', 'MB'],
  processes: ['it and all that it started, those around the jail counted', 'processes'],
}

function measuresOf(count: number, cost: Cost): Omit<Measure, 'topic'>[] {
  return (Object.keys(MEASURED) as (keyof Cost)[]).map((field) => ({
    id: `idle/peers${count}/${field}`,
    what: `idle with ${count} peers: ${MEASURED[field][0]}`,
    value: cost[field],
    unit: MEASURED[field][1],
  }))
}
