import {
  blockOf,
  DEFAULT_LIMITS,
  manifestBlock,
  signerFromSeed,
  signRecord,
  type Answer,
  type Block,
  type Body,
  type CallHeader,
  type CID,
  type Link,
  type LinkEvent,
  type Links,
  type Manifest,
  type NameRecord,
  type Options,
  type PeerId,
  type PublisherId,
  type RunMetrics,
  type RunnerState,
  SealTree,
  type SealPlace,
  type SecretsTaken,
  type Signer,
  type Traffic,
} from '@hither/core'
import { pino } from 'pino'
import type { Joining } from '../src/network.ts'
import type { Admission } from '../src/admission.ts'
import { mayCall, mayRun, type Standing } from '../src/rules/verdict.ts'

const NO_BYTES = { beats: 0, states: 0, adverts: 0, calls: 0 }

/** Of links that say nothing. */
const NO_TRAFFIC: Traffic = { sent: NO_BYTES, received: NO_BYTES }

export const silent = pino({ level: 'silent' })

export const metrics: RunMetrics = { fetchMs: 0, queueMs: 0, startMs: 0, runMs: 1, cpuMs: 1, cold: false }

/** Nobody checks it before it is shown. */
export const seal: SealPlace = { tree: new SealTree([new Uint8Array(32)], [], new Uint8Array(64)), at: 0 }

export const idleState: RunnerState = {
  accepting: true,
  slots: 4,
  busy: 0,
  queued: 0,
  priceMs: 0,
  admits: 'listed',
  tier: 'process',
  grants: [],
  warm: new Uint8Array(0),
}

/** The same for the same number. */
export function signer(seed: number): Promise<Signer> {
  return signerFromSeed(new Uint8Array(32).fill(seed))
}

export interface TestFunction {
  manifest: Manifest
  cid: CID
  blocks: Block[]
}

export async function testFunction(code: string, more: Partial<Manifest> = {}): Promise<TestFunction> {
  const bundle = await blockOf(new TextEncoder().encode(code), 'raw')
  const manifest: Manifest = {
    bundle: bundle.cid,
    exports: ['default'],
    limits: { ...DEFAULT_LIMITS },
    egress: [],
    effects: 'undeclared',
    needs: [],
    env: {},
    visibility: 'public',
    compat: '2026-01-01',
    ...more,
  }
  const block = await manifestBlock(manifest)
  return { manifest, cid: block.cid, blocks: [block, bundle] }
}

export function record(
  by: Signer,
  name: string,
  sequence: number,
  cid: CID | null,
  prev: CID | null = null,
): Promise<NameRecord> {
  return signRecord(by, { name, sequence, cid, time: 0, message: '', prev })
}

/** A peer’s id. */
export const PEER = '12D3KooWEyoppNCUx8Yx66oV9fJnriXwCcXwDDUA2kj6vnc6iDEp'

/** Rules that trust these publishers, until a test says otherwise. */
export function admissionOf(...publishers: PublisherId[]): Admission & { standing: Standing } {
  const self = { publisher: 'none', peer: 'self' }
  const standing: Standing = { self, rules: { run: new Map(publishers.map((one) => [one, {}])), call: new Map() } }
  return {
    standing,
    anyone: false,
    rules: () => standing.rules,
    run: (publisher) => mayRun(standing, publisher),
    admits: (publisher) => mayRun(standing, publisher).admitted,
    profile: () => 'trusted',
    call: (peer) => mayCall(standing, peer),
    knows: () => false,
    set: async () => {},
    remove: async () => {},
  }
}

/** What one other peer has and does. What is not given it does not have. */
export interface FakePeer {
  rttMs?: number
  state?: RunnerState
  call?: (header: CallHeader, body: Body, options?: Options) => Promise<Answer>
  block?: (cid: CID) => Promise<Uint8Array | undefined>
  name?: () => Promise<Uint8Array | undefined>
  voucher?: () => Promise<Uint8Array | undefined>
  owner?: () => Promise<Uint8Array | undefined>
  announce?: (record: Uint8Array) => Promise<{ kept: boolean }>
  admits?: (publisher: string) => Promise<boolean>
  secrets?: (record: Uint8Array) => Promise<SecretsTaken>
}

/** Links without a network: the other peers are objects. */
export interface FakeLinks extends Links {
  emit(event: LinkEvent): void
  listenerCount(): number
  readonly peers: Map<PeerId, FakePeer>
  /** Who was told of a record, in order. */
  readonly told: PeerId[]
}

export function fakeLinks(peers: Record<PeerId, FakePeer> = {}): FakeLinks {
  const all = new Map(Object.entries(peers))
  const told: PeerId[] = []
  const listeners = new Set<(event: LinkEvent) => void>()
  const view = (peer: PeerId, { rttMs, state }: FakePeer): Link => ({
    peer,
    address: `/fake/${peer}`,
    direction: 'outbound',
    ...(rttMs !== undefined && { rttMs }),
    ...(state !== undefined && { state }),
  })
  return {
    self: 'self',
    peers: all,
    told,
    listenerCount: () => listeners.size,
    emit: (event) => listeners.forEach((listener) => listener(event)),
    addresses: () => [],
    listening: () => [],
    traffic: () => NO_TRAFFIC,
    list: () => [...all].map(([peer, it]) => view(peer, it)),
    get(peer) {
      const it = all.get(peer)
      return it && view(peer, it)
    },
    rising: () => 0,
    start: async () => {},
    stop: async () => {},
    join: async (address) => address,
    tell: () => {},
    listen(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    call: async (peer, header, body, options) => {
      const answer = await all.get(peer)?.call?.(header, body, options)
      if (answer === undefined) throw new Error(`${peer} was called and should not have been`)
      return answer
    },
    block: async (peer, cid) => all.get(peer)?.block?.(cid),
    name: async (peer) => all.get(peer)?.name?.(),
    async kit(peer, cid, publisher) {
      const { block, voucher } = all.get(peer) ?? {}
      const [bytes, manifest] = [publisher === undefined ? undefined : await voucher?.(), await block?.(cid)]
      return { ...(bytes && { voucher: bytes }), ...(manifest && { manifest }) }
    },
    owner: async (peer) => all.get(peer)?.owner?.(),
    admits: async (peer, publisher) => (await all.get(peer)?.admits?.(publisher)) ?? false,
    secrets: async (peer, bytes) => (await all.get(peer)?.secrets?.(bytes)) ?? { kept: false },
    async announce(peer, bytes) {
      told.push(peer)
      return (await all.get(peer)?.announce?.(bytes)) ?? { kept: false }
    },
  }
}

/** Links are expected for so long whenever anybody asks, and no later. */
export function expected(leftMs: number): Joining {
  return { begin: () => {}, lost: () => {}, leftMs: () => leftMs, late: () => false }
}
