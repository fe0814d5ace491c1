import { availableParallelism } from 'node:os'
import { bundler } from '@hither/bundle'
import { readWhole } from '@hither/core'
import { DEFAULT_CONFIG, homePaths, openPeer, settingsOf, type Peer } from '@hither/peer'
import { sandbox } from '@hither/sandbox'
import { logger } from '../../packages/cli/src/log.ts'
import { serveTasks } from '../measure/tasks.ts'

/** A peer as `fn up` composes it, with nothing between it and whoever measures what it does. */

export interface Opening {
  home: string
  volunteers: boolean
  trust: string[]
}

/** Where the time of a first answer went, in ms. */
export interface ColdCall {
  /** From the call to the last byte of its answer. */
  ms: number
  /** Of it, until the runner had the function's blocks; until the function was loaded; and in the handler. */
  fetchMs: number
  startMs: number
  runMs: number
  /** All else: the way through the peer to the sandbox process and back, resolving, routing, and the trailer. */
  restMs: number
}

let peer: Peer | undefined

function opened(): Peer {
  if (peer === undefined) throw new Error('open a peer first')
  return peer
}

serveTasks({
  async open({ home, volunteers, trust }: Opening) {
    peer = await openPeer(
      {
        home: homePaths(home),
        listen: ['/ip4/127.0.0.1/tcp/0'],
        announce: [],
        mdns: false,
        bootstrap: [],
        trust,
        anyone: false,
        volunteer: { ...settingsOf(DEFAULT_CONFIG), on: volunteers },
        lasting: true,
      },
      {
        log: logger({}),
        bundler: bundler(),
        ...(volunteers && { runner: sandbox({ cores: availableParallelism() })({}) }),
      },
    )
    await peer.start()
    const { publisher, addresses } = await peer.status()
    return { publisher, addresses }
  },

  /** Deploys handlers and gives their CIDs. */
  async deploy({ entries }: { entries: string[] }): Promise<string[]> {
    const cids: string[] = []
    for (const entry of entries) cids.push((await opened().deploy({ entry })).cid)
    return cids
  },

  async join({ addresses }: { addresses: string[] }) {
    const { reached } = await opened().join({ addresses })
    if (reached.length === 0) throw new Error('nobody was reached')
    await opened().peers()
  },

  /** Calls a function that nobody has called yet. Throws where it was warm, or answered anything but 200. */
  async call({ target }: { target: string }): Promise<ColdCall> {
    const startedAt = performance.now()
    const { status, body, report } = await opened().call({ target })
    await readWhole(body)
    const ms = performance.now() - startedAt
    const { cold, phases } = await report
    if (status !== 200 || !cold) throw new Error(`status ${status}, ${cold ? 'cold' : 'warm'}`)
    const { fetchMs, startMs, runMs } = phases
    return { ms, fetchMs, startMs, runMs, restMs: ms - fetchMs - startMs - runMs }
  },
})
