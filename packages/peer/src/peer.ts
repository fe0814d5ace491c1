import { randomBytes } from 'node:crypto'
import { HitherError } from '@hither/core'
import type { PeerApi } from './api.ts'
import { call } from './call.ts'
import type { CallComponents } from './call/journey.ts'
import { deploy } from './deploy.ts'
import type { PeerComponents, PeerInit } from './init.ts'
import { life, type Life } from './life.ts'
import { joinAll } from './join.ts'
import { CALL_ID_BYTES } from './limits.ts'
import { lists } from './lists.ts'
import { log } from './log.ts'
import { waitForLinks } from './network.ts'
import { openParts, type Parts } from './parts.ts'
import { remove } from './remove.ts'
import { rollback } from './rollback.ts'
import { trust } from './trust.ts'
import { turns } from './turns.ts'

/** A peer in this process. */
export interface Peer extends PeerApi {
  /** Goes online: listens, dials, serves. A peer that only calls does so by itself at the first need. Throws `port-in-use`. */
  start(): Promise<void>
  /** Withdraws: refuses new work as `draining`, lets running calls finish for `graceMs`, then closes everything. */
  stop(options?: { graceMs?: number }): Promise<void>
}

/** Opens the files of a peer: keys, lists, blocks, names. Nothing touches the network until `start`, or the first need. */
export async function openPeer(init: PeerInit, components: PeerComponents): Promise<Peer> {
  const parts = await openParts(init, components)
  const online = life(parts, init.bootstrap)
  const { signer, links, blocks, names, bundler } = parts
  const oneAtATime = turns()
  const identity = { publisher: signer.publisher, ...(init.lasting && { peer: links.self }) }
  let callsMade = 0
  return {
    start: online.start,
    stop: online.stop,
    ...lists(parts),
    ...trust(parts),
    id: async () => identity,
    async deploy(params, options) {
      if (bundler === undefined) throw new HitherError('unsupported', 'this peer cannot build functions')
      await online.start()
      return online.during(() => deploy({ ...parts, bundler, oneAtATime }, params, options))
    },
    log: (params, options) => online.during(() => log({ ...parts, goOnline: online.start }, params, options)),
    async rollback(params, options) {
      await online.start()
      return online.during(() => rollback({ ...parts, oneAtATime, goOnline: online.start }, params, options))
    },
    async remove(params, options) {
      await online.start()
      return online.during(() => remove({ ...parts, oneAtATime }, params, options))
    },
    async call(params, options = {}) {
      await online.start()
      callsMade++
      return online.during(() => call(callComponents(parts, online), params, options))
    },
    receipt: ({ call: id }) => parts.receipts.find(id),
    async peers() {
      await online.start()
      await waitForLinks(links, () => links.list().find(({ rttMs }) => rttMs !== undefined), parts.joining.leftMs())
      return links.list()
    },
    async join({ addresses }) {
      await online.start()
      return joinAll(links, addresses)
    },
    async status() {
      const runner = online.runnerState()
      return {
        ...identity,
        addresses: links.addresses(),
        listening: links.listening(),
        uptimeMs: online.uptimeMs(),
        peers: links.list().length,
        ...(runner !== undefined && { runner }),
        store: blocks.usage(),
        names: names.list().length,
        calls: { made: callsMade, ...online.served },
        draining: online.draining,
      }
    },
  }
}

/** This machine is a candidate like any other, at distance zero, and is reached without the network. */
function callComponents(
  { links, joining, resolver, functions, placement, receipts, now }: Parts,
  online: Life,
): CallComponents {
  return {
    receipts,
    newId: () => randomBytes(CALL_ID_BYTES).toString('hex'),
    links,
    joining,
    resolver,
    functions,
    now,
    placement: {
      observe: (observation, at) => placement.observe(observation, at),
      route(query, at) {
        const state = online.runnerState()
        if (state !== undefined) placement.observe({ type: 'state', peer: links.self, state }, at)
        return placement.route(query, at)
      },
    },
    send: (peer, header, body, options) =>
      peer === links.self
        ? online.services.call(peer, header, body, { signal: options.signal ?? new AbortController().signal })
        : links.call(peer, header, body, options),
  }
}
