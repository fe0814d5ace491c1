import { HitherError, type Observation } from '@hither/core'
import type { PeerApi, Status } from './api.ts'
import { call } from './call.ts'
import { deadlines } from './call/deadline.ts'
import { callIds } from './call/ids.ts'
import { keyedCalls } from './call/keyed.ts'
import { presence } from './call/presence.ts'
import type { CallComponents } from './call/journey.ts'
import { crons } from './crons.ts'
import { deploy } from './deploy.ts'
import type { Drained } from './in-hand.ts'
import type { PeerComponents, PeerInit } from './init.ts'
import { life, type Life } from './life.ts'
import { joinAll } from './join.ts'
import { OWN_LOOK_MS } from './limits/calls.ts'
import { lists } from './lists.ts'
import { log } from './log.ts'
import { waitForLinks } from './network.ts'
import { openParts, type Parts } from './parts.ts'
import { remove } from './remove.ts'
import { rollback } from './rollback.ts'
import { ownSecrets, type OwnSecretsApi } from './secrets/own.ts'
import { systemTimers } from './timers.ts'
import { explain } from './stacks/explain.ts'
import { trust } from './trust.ts'
import { turns } from './turns.ts'

/** A peer in this process. */
export interface Peer extends PeerApi {
  /** Goes online: listens, dials, serves. A peer that only calls does so by itself at the first need. Throws `port-in-use`. */
  start(): Promise<void>
  /**
   * Withdraws: refuses new work as `draining`, lets running calls finish for `graceMs`, then closes everything. A second stop without
   * grace ends the wait of the first.
   */
  stop(options?: { graceMs?: number }): Promise<Drained>
  /** From now on calls its publisher's own names at the times that their `crons` say, until it stops. */
  clock(): void
  /** Of its own user, and of others that it ran or refused, since its start. */
  calls(): Status['calls']
}

/** Opens the files of a peer: keys, lists, blocks, names. Nothing touches the network until `start`, or the first need. */
export async function openPeer(init: PeerInit, components: PeerComponents): Promise<Peer> {
  const parts = await openParts(init, components)
  const { signer, links, blocks, names, bundler, network } = parts
  const online = life(parts, [...new Set([...init.bootstrap, ...(network?.addresses ?? [])])])
  const oneAtATime = turns()
  const identity = {
    publisher: signer.publisher,
    ...(init.lasting && { peer: links.self }),
    ...(network !== undefined && { network: { label: network.label, tag: network.tag } }),
  }
  const forCalls = callComponents(parts, online)
  let callsMade = 0
  let stopClock = (): void => {}
  const stop: Peer['stop'] = (options) => {
    stopClock()
    return online.stop(options)
  }
  const peer: Peer = {
    start: online.start,
    stop,
    calls: () => ({ made: callsMade, ...online.served }),
    clock() {
      stopClock = crons({ ...parts, timers: systemTimers, call: (params, options) => peer.call(params, options) })
    },
    down: async ({ now = false } = {}) => ({ ...(await stop(now ? { graceMs: 0 } : {})), pid: process.pid }),
    ...lists(parts),
    ...onlineSecrets(parts, online, oneAtATime),
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
      if (!online.started) await online.start()
      callsMade++
      const { result } = await online.during(() => call(forCalls, params, options))
      return result
    },
    async explain({ stack }, options) {
      await online.start()
      return { stack: await explain(parts.functions, stack, options) }
    },
    receipt: ({ call: id }) => parts.receipts.find(id),
    why: ({ call: id }) => parts.stories.find(id),
    async peers() {
      await online.start()
      await waitForLinks(links, () => links.list().find(({ rttMs }) => rttMs !== undefined), parts.joining)
      online.refuseStrangers()
      return links.list()
    },
    async join({ addresses }) {
      await online.start()
      return joinAll(links, addresses)
    },
    volunteering: () => parts.volunteer.status(),
    volunteer: (params) => parts.volunteer.change(params),
    async status() {
      const runner = online.runnerState()
      return {
        ...identity,
        addresses: links.addresses(),
        listening: links.listening(),
        uptimeMs: online.uptimeMs(),
        peers: links.list().length,
        ...(runner !== undefined && { runner }),
        ...(runner !== undefined && parts.runner !== undefined && { jail: parts.runner.jail() }),
        store: blocks.usage(),
        names: names.list().length,
        calls: peer.calls(),
        draining: online.draining,
        predictions: parts.scores.read(),
        traffic: links.traffic(),
      }
    },
  }
  return peer
}

/** Changes go out to runners, so they need the network. */
function onlineSecrets(parts: Parts, online: Life, oneAtATime: ReturnType<typeof turns>): OwnSecretsApi {
  const own = ownSecrets(parts, oneAtATime)
  const afterStart = async <T extends object>(run: () => Promise<T>): Promise<T> => {
    await online.start()
    return online.during(run)
  }
  return {
    secretSet: (params, options) => afterStart(() => own.secretSet(params, options)),
    secretRemove: (params, options) => afterStart(() => own.secretRemove(params, options)),
    secretRunners: (params, options) => afterStart(() => own.secretRunners(params, options)),
    secretList: own.secretList,
  }
}

/** Ends of calls that had a place at a runner. */
const ENDED: ReadonlySet<string> = new Set<Observation['type']>(['answered', 'failed', 'cancelled'])

/** This machine is a candidate like any other, at distance zero, and is reached without the network. */
function callComponents(parts: Parts, online: Life): CallComponents {
  const { links, joining, resolver, functions, placement, receipts, stories, waiting, timers, scores, now, wallClock } =
    parts
  let lookedAt = -Infinity
  return {
    aliases: parts.aliases.byName,
    receipts,
    stories,
    wallClock,
    waiting,
    keyed: keyedCalls(now),
    timers,
    deadlines: deadlines(timers, now),
    presence: presence(timers, now),
    scores,
    random: Math.random,
    newId: callIds(),
    links,
    joining,
    resolver,
    functions,
    now,
    placement: {
      observe(observation, at) {
        placement.observe(observation, at)
        if (ENDED.has(observation.type)) waiting.freed(observation.peer, 1)
      },
      knows: (peer) => placement.knows(peer),
      isAlone: (peer) => placement.isAlone(peer),
      route(query, at) {
        if (at - lookedAt >= OWN_LOOK_MS) {
          lookedAt = at
          const state = online.runnerState()
          if (state !== undefined) placement.observe({ type: 'state', peer: links.self, state }, at)
        }
        return placement.route(query, at)
      },
    },
    expect: (foreseen) => online.expect(foreseen),
    send: (peer, header, body, options) =>
      (peer === links.self ? online.services : links).call(peer, header, body, options),
  }
}
