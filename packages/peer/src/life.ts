import { HitherError, type RunnerState, type Services } from '@hither/core'
import { DELIVER_MS, DRAIN_MS } from './limits.ts'
import type { Parts } from './parts.ts'
import { runnerState } from './runner-state.ts'
import { counted, type ServeCounts } from './serve/counts.ts'
import { sealer } from './serve/sealer.ts'
import { services } from './serve/services.ts'
import { vouchers } from './serve/vouchers.ts'

/** A peer's time online: from the first need of the network until it is stopped. */
export interface Life {
  /** What this peer does for others, and for itself where it is the nearest. */
  readonly services: Services
  readonly served: ServeCounts
  readonly draining: boolean
  /** 0 while it is offline. */
  uptimeMs(): number
  /** Undefined where this peer runs nothing. */
  runnerState(): RunnerState | undefined
  /** Goes online, once. Throws `port-in-use`, and `draining` where it was stopped. */
  start: () => Promise<void>
  stop: (options?: { graceMs?: number }) => Promise<void>
  /**
   * Something this peer's user asked for, which a stopping peer lets end: a result that has a `report` only with that. Throws
   * `draining` where it is stopping already.
   */
  during<T extends object>(run: () => Promise<T>): Promise<T>
}

export function life(parts: Parts, bootstrap: readonly string[]): Life {
  const { links, runner, volunteer, bundler, placement, admission, log, now } = parts
  let online: Promise<void> | undefined
  let startedAt: number | undefined
  const own = new Set<Promise<unknown>>()
  let draining = false
  let stopListening = (): void => {}
  const state = (): RunnerState | undefined =>
    runner !== undefined && volunteer.known ? runnerState(runner, admission, volunteer.taking && !draining) : undefined
  const { services: offered, counts } = counted(offers(parts, state, () => draining))

  function hold(running: Promise<unknown>): void {
    const over = (): void => void own.delete(running)
    own.add(running)
    running.then(over, over)
  }

  async function goOnline(): Promise<void> {
    if (draining) throw new HitherError('draining', 'this peer was stopped')
    stopListening = links.listen((event) => {
      placement.observe(event, now())
      if (event.type === 'down') parts.joining.lost()
    })
    await volunteer.start(() => {
      // This machine is a candidate like any other once it lends.
      placement.observe({ type: 'up', peer: links.self }, now())
      placement.observe({ type: 'rtt', peer: links.self, ms: 0 }, now())
      links.tell()
    })
    parts.joining.begin()
    await links.start(offered)
    startedAt = now()
    for (const address of bootstrap) {
      links
        .join(address)
        .catch((error: unknown) => log.warn({ address, err: error }, 'a bootstrap peer was not reached'))
    }
  }

  return {
    services: offered,
    served: counts,
    get draining() {
      return draining
    },
    uptimeMs: () => (startedAt === undefined ? 0 : now() - startedAt),
    runnerState: state,
    async during(run) {
      if (draining) throw new HitherError('draining', 'this peer is shutting down')
      const running = run()
      hold(running)
      const result = await running
      if ('report' in result && result.report instanceof Promise) hold(result.report)
      return result
    },
    start: () => (online ??= goOnline()),
    async stop({ graceMs = DRAIN_MS } = {}) {
      draining = true
      volunteer.stop()
      const endsAt = now() + graceMs
      await Promise.all([runner?.stop({ graceMs }), allOver(own, graceMs)])
      stopListening()
      // What has run must also arrive: answers get some time of their own.
      const deliverMs = graceMs === 0 ? 0 : Math.max(DELIVER_MS, Math.ceil(endsAt - now()))
      if (online !== undefined) await links.stop({ graceMs: deliverMs })
      await Promise.all([bundler?.stop(), parts.receipts.flush()])
    },
  }
}

/** Waits until all have ended, however they end, but no longer than `ms`. */
async function allOver(running: ReadonlySet<Promise<unknown>>, ms: number): Promise<void> {
  if (running.size === 0 || ms === 0) return
  const { promise: late, resolve } = Promise.withResolvers<void>()
  const timer = setTimeout(resolve, ms)
  // What ends may have led to more: a call to its answer's stream.
  const ended = async (): Promise<void> => {
    while (running.size > 0) await Promise.allSettled(running)
  }
  await Promise.race([ended(), late])
  clearTimeout(timer)
}

function offers(parts: Parts, state: () => RunnerState | undefined, draining: () => boolean): Services {
  const { aliases, admission, blocks, names, links, functions, runner, volunteer, peerSign, log, now } = parts
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
    ...(runner !== undefined && {
      serve: {
        self: links.self,
        links,
        log,
        runner,
        admission,
        vouchers: vouchers({ names, links, log }),
        functions,
        sealer: sealer(peerSign),
        state: () => runnerState(runner, admission, volunteer.taking && !draining()),
        draining,
        taking: () => volunteer.taking,
        called: () => volunteer.called(),
        now,
      },
    }),
  })
}
