import { hash } from 'node:crypto'
import {
  cidOf,
  digestOf,
  hashRequest,
  makeReceipt,
  NO_RUN,
  type Answer,
  type CallHeader,
  type CID,
  type Links,
  type Placement,
  type RunnerState,
  type Services,
} from '@hither/core'
import { net } from '@hither/net'
import { router } from '@hither/router'
import { onTestFinished } from 'vitest'
import type { Outcome } from './calls.ts'

/** A peer of one process with many: its network and its router are the real ones, only what it runs is not. */
export interface SmallPeer {
  links: Links
  address: string
  /** Calls whoever its router chooses. */
  call(): Promise<Outcome>
}

const FUNCTION: CID = await cidOf(new TextEncoder().encode('a function'), 'raw')

const NOTHING = new Uint8Array(0)

/** How long what a runner runs takes, in ms. */
const RUN_MS = 20

const SLOTS = 4

export async function smallPeer(lends: boolean, deadlineMs: number): Promise<SmallPeer> {
  const placement = router()({ random: Math.random })
  const links = net({ listen: ['/ip4/127.0.0.1/tcp/0'], mdns: false })({
    seed: crypto.getRandomValues(new Uint8Array(32)),
  })
  onTestFinished(() => links.stop())
  links.listen((event) => placement.observe(event, performance.now()))
  await links.start(services(links, placement, lends))
  return {
    links,
    address: links.addresses()[0] ?? '',
    call: () => call(links, placement, deadlineMs),
  }
}

/** The least that a caller does: routes, sends, learns, and goes elsewhere. */
async function call(links: Links, placement: Placement, deadlineMs: number): Promise<Outcome> {
  const began = performance.now()
  const signal = AbortSignal.timeout(deadlineMs)
  const tried = new Set<string>()
  for (;;) {
    const { choice: peer } = placement.route({ cid: FUNCTION, needs: [], tried }, performance.now())
    const now = performance.now()
    if (peer === undefined || signal.aborted) return { failed: 'no-runner', why: '', ms: now - began, at: now }
    tried.add(peer)
    placement.observe({ type: 'sent', peer, cid: FUNCTION }, now)
    try {
      const { trailer } = await links.call(peer, HEADER, NOTHING, { signal })
      const { metrics } = await trailer
      const at = performance.now()
      placement.observe({ type: 'answered', peer, cid: FUNCTION, metrics, ms: at - now }, at)
      return { status: 200, body: '', peer, attempts: tried.size, failures: tried.size - 1, ms: at - began, at }
    } catch {
      placement.observe({ type: 'failed', peer, cid: FUNCTION, code: 'peer-unreachable' }, performance.now())
    }
  }
}

const HEADER: CallHeader = {
  cid: FUNCTION,
  method: 'GET',
  url: 'http://small.localhost/',
  headers: [],
  remainingMs: 5_000,
  hop: 0,
}

function services(links: Links, placement: Placement, lends: boolean): Services {
  let busy = 0
  const state = (): RunnerState => ({
    accepting: true,
    slots: SLOTS,
    busy,
    queued: 0,
    priceMs: 0,
    admits: 'anyone',
    tier: 'process',
    grants: [],
    warm: NOTHING,
  })
  return {
    async call(_from, header): Promise<Answer> {
      busy++
      try {
        await new Promise((resolve) => setTimeout(resolve, RUN_MS))
        return await answer(links.self, header)
      } finally {
        busy--
      }
    },
    block: async () => undefined,
    blockSize: async () => undefined,
    name: async () => undefined,
    kit: async () => ({}),
    announce: async () => ({ kept: false }),
    admits: async () => lends,
    secrets: async () => ({ kept: false }),
    state: () => (lends ? state() : undefined),
    coordinate: () => placement.coordinate(),
    wants: () => placement.wants(performance.now()),
  }
}

const sha256 = (bytes: Uint8Array): Uint8Array => hash('sha256', bytes, 'buffer')

async function answer(runner: string, { cid, method, url, headers }: CallHeader): Promise<Answer> {
  const response = { status: 200, headers: [] }
  const empty = await digestOf(NOTHING)
  const receipt = makeReceipt(
    {
      cid,
      runner,
      runMs: RUN_MS,
      cpuMs: 0,
      requestHash: hashRequest({ method, url, headers }, empty, sha256),
      response,
      responseDigest: empty,
    },
    sha256,
  )
  return { head: response, body: NOTHING, trailer: { metrics: { ...NO_RUN, runMs: RUN_MS }, receipt } }
}
