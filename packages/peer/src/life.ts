import { HitherError, weaknesses, type Jail, type Runner, type RunnerState, type Services } from '@hither/core'
import type { Logger } from 'pino'
import { faultLog } from './fault-log.ts'
import { inHand, type Drained } from './in-hand.ts'
import { DELIVER_MS, DRAIN_MS } from './limits/serving.ts'
import type { Parts } from './parts.ts'
import { runnerState, warmHints } from './runner-state.ts'
import type { ServeCallComponents } from './serve/call.ts'
import { expect, type Foreseen } from './serve/expect.ts'
import { counted, type ServeCounts } from './serve/counts.ts'
import { sealer } from './serve/sealer.ts'
import { services } from './serve/services.ts'
import { toll } from './serve/toll.ts'
import { takeSecrets } from './secrets/take.ts'
import { vouchers } from './serve/vouchers.ts'
import { strangers } from './strangers.ts'

/** A peer's time online: from the first need of the network until it is stopped. */
export interface Life {
  /** What this peer does for others, and for itself where it is the nearest. */
  readonly services: Services
  readonly served: ServeCounts
  readonly draining: boolean
  /** It is online, and `start` has nothing to do. */
  readonly started: boolean
  /** 0 while it is offline. */
  uptimeMs(): number
  /** Undefined where this peer runs nothing. */
  runnerState(): RunnerState | undefined
  /** Its user calls this function, most likely here. */
  expect(call: Foreseen): void
  /** Goes online, once. Throws `port-in-use`, and `draining` where it was stopped. */
  start: () => Promise<void>
  /** Once for all; but a later stop without grace ends the wait of the first. */
  stop: (options?: { graceMs?: number }) => Promise<Drained>
  /**
   * Something this peer's user asked for, which a stopping peer lets end: a result that has an `end` only with that. Throws
   * `draining` where it is stopping already, and `wrong-network` where it found nothing for having met only strangers.
   */
  during<T extends object>(run: () => Promise<T>): Promise<T>
  /** Throws `wrong-network` where nobody is connected, and where peers were named are others. */
  refuseStrangers(): void
}

export function life(parts: Parts, bootstrap: readonly string[]): Life {
  const { links, runner, volunteer, bundler, placement, admission, log, now } = parts
  let online: Promise<void> | undefined
  let startedAt: number | undefined
  let ending: Promise<Drained> | undefined
  const work = inHand()
  let draining = false
  let hurried = false
  let warned = false
  const others = strangers(links, log)
  let stopListening = (): void => {}
  const serving = runner === undefined ? undefined : serve(parts, runner, () => draining)
  const state = (): RunnerState | undefined => (volunteer.known ? serving?.state() : undefined)
  const { services: offered, counts } = counted(
    offers(parts, { serving, state }),
    // What runs here for its own user is in hand already.
    (from) => (from === links.self ? () => {} : work.begin()),
  )

  async function goOnline(): Promise<void> {
    if (draining) throw new HitherError('draining', 'this peer was stopped')
    stopListening = links.listen((event) => {
      placement.observe(event, now())
      parts.owners.hear(event)
      if (event.type === 'state') parts.waiting.says(event.peer, freeOf(event.state))
      if (event.type === 'down') {
        parts.waiting.says(event.peer, 0)
        parts.joining.lost()
      }
      if (event.type === 'up') parts.secrets.spread.greet(event.peer)
    })
    await volunteer.start(() => {
      if (runner !== undefined && admission.anyone && volunteer.taking && !warned) {
        warned = true
        warnOfStrangers(runner.jail(), log)
      }
      // This machine is a candidate like any other once it lends.
      placement.observe({ type: 'up', peer: links.self }, now())
      placement.observe({ type: 'rtt', peer: links.self, ms: 0 }, now())
      placement.observe({ type: 'owner', peer: links.self, publisher: parts.signer.publisher }, now())
      links.tell()
    })
    parts.joining.begin()
    await links.start(offered)
    startedAt = now()
    for (const address of bootstrap) {
      links.join(address, { onProgress: others.onProgress }).catch((error: unknown) => {
        // To be stopped before a dial has ended is no failure of it.
        if (!draining) log.warn({ address, err: error }, 'a bootstrap peer was not reached')
      })
    }
  }

  async function end(graceMs: number): Promise<Drained> {
    draining = true
    volunteer.stop()
    if (online !== undefined && volunteer.known) links.tell()
    const endsAt = now() + graceMs
    const [drained] = await Promise.all([work.over(graceMs), runner?.stop({ graceMs })])
    stopListening()
    // The signatures of receipts follow their answers: those of the last calls get a moment to come.
    await parts.receipts.flush()
    // What has run must also arrive: answers get some time of their own.
    const deliverMs = graceMs === 0 || hurried ? 0 : Math.max(DELIVER_MS, Math.ceil(endsAt - now()))
    if (online !== undefined) await links.stop({ graceMs: deliverMs })
    await Promise.all([bundler?.stop(), parts.receipts.flush(), parts.stories.flush(), parts.functions.settled()])
    return drained
  }

  async function hurry(): Promise<void> {
    hurried = true
    work.hurry()
    await runner?.stop()
    if (online !== undefined) await links.stop()
  }

  return {
    services: offered,
    served: counts,
    get draining() {
      return draining
    },
    get started() {
      return startedAt !== undefined
    },
    uptimeMs: () => (startedAt === undefined ? 0 : now() - startedAt),
    runnerState: state,
    expect(call) {
      if (serving !== undefined && startedAt !== undefined) expect(serving, call)
    },
    during(run) {
      if (draining) return Promise.reject(new HitherError('draining', 'this peer is shutting down'))
      const over = work.begin()
      return run().then(
        (result) => {
          if ('end' in result && result.end instanceof Promise) result.end.then(() => over(), over)
          else over()
          return result
        },
        (thrown: unknown) => {
          over(thrown)
          throw others.explain(thrown)
        },
      )
    },
    refuseStrangers: others.refuse,
    start: () => (online ??= goOnline()),
    async stop({ graceMs = DRAIN_MS } = {}) {
      if (ending !== undefined && graceMs === 0) await hurry()
      return (ending ??= end(graceMs))
    },
  }
}

function freeOf({ accepting, slots, busy, queued }: RunnerState): number {
  return accepting ? Math.max(0, slots - busy - queued) : 0
}

/** Its owner asked for what this machine cannot do, or should not. */
function warnOfStrangers(jail: Jail, log: Logger): void {
  const { tier, grants } = jail
  const why = weaknesses(jail)
  if (grants.strangers === undefined) log.warn({ tier, why }, 'strangers’ code is refused: no jail here would hold it')
  else if (tier === 'process') log.warn({ tier, why }, 'strangers’ code runs in a weak jail, as the owner wishes')
}

/** This peer as a runner, whether or not it lends anything now. */
type Serving = ServeCallComponents & { state: () => RunnerState }

function serve(parts: Parts, runner: Runner, draining: () => boolean): Serving {
  const { admission, names, links, functions, volunteer, peerSign, secrets, timers, log, now } = parts
  const { run, priceMs } = toll({ runner, timers, now, freed: () => links.tell() })
  const warm = warmHints(runner, timers)
  return {
    self: links.self,
    links,
    log,
    faults: faultLog(log, now),
    runner,
    run,
    admission,
    vouchers: vouchers({ names, links, functions, log }),
    functions,
    vault: secrets.vault,
    sealer: sealer({ sign: peerSign, timers, now }),
    state: () =>
      runnerState({
        runner,
        admission,
        accepting: volunteer.taking && !draining(),
        labels: volunteer.labels,
        priceMs: priceMs(),
        warm: warm(),
      }),
    draining,
    taking: () => volunteer.taking,
    called: () => volunteer.called(),
    now,
    timers,
  }
}

function offers(
  parts: Parts,
  { serving, state }: { serving: Serving | undefined; state: () => RunnerState | undefined },
): Services {
  const { aliases, admission, blocks, names, links, functions, volunteer, placement, secrets, log, now } = parts
  return services({
    blocks,
    names,
    links,
    functions,
    admission,
    follows: (publisher) => [...aliases.byName.values()].includes(publisher),
    keeps: () => volunteer.keeps,
    log,
    state,
    coordinate: () => placement.coordinate(),
    wants: () => placement.wants(now()),
    evidence: () => placement.evidence(now()),
    owner: parts.ownerStatement,
    knows: (peer) => admission.knows(peer, parts.owners.of(peer)),
    admits: async (_from, publisher) => volunteer.on && admission.admits(publisher),
    secrets: takeSecrets({
      ...secrets,
      self: links.self,
      publisher: parts.signer.publisher,
      admission,
      records: secrets.vault.records,
      log,
    }),
    ...(serving !== undefined && { serve: serving }),
  })
}
