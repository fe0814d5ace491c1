import { HitherError, type RunnerState, type Services } from '@hither/core'
import { DRAIN_MS } from './limits.ts'
import type { Parts } from './parts.ts'
import { runnerState } from './runner-state.ts'
import { counted, type ServeCounts } from './serve/counts.ts'
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
}

export function life(parts: Parts, bootstrap: readonly string[]): Life {
  const { links, runner, bundler, placement, admission, log, now } = parts
  let online: Promise<void> | undefined
  let startedAt: number | undefined
  let draining = false
  let stopListening = (): void => {}
  const state = (): RunnerState | undefined => runner && runnerState(runner, admission, draining)
  const { services: offered, counts } = counted(offers(parts, state, () => draining))

  async function goOnline(): Promise<void> {
    if (draining) throw new HitherError('draining', 'this peer was stopped')
    stopListening = links.listen((event) => placement.observe(event, now()))
    await runner?.start()
    parts.joining.begin()
    await links.start(offered)
    startedAt = now()
    if (runner !== undefined) {
      placement.observe({ type: 'up', peer: links.self }, now())
      placement.observe({ type: 'rtt', peer: links.self, ms: 0 }, now())
    }
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
    start: () => (online ??= goOnline()),
    async stop({ graceMs = DRAIN_MS } = {}) {
      draining = true
      await runner?.stop({ graceMs })
      stopListening()
      if (online !== undefined) await links.stop()
      await bundler?.stop()
    },
  }
}

function offers(parts: Parts, state: () => RunnerState | undefined, draining: () => boolean): Services {
  const { aliases, admission, blocks, names, links, functions, runner, log, now } = parts
  return services({
    blocks,
    names,
    links,
    functions,
    admission,
    follows: (publisher) => [...aliases.byName.values()].includes(publisher),
    keeps: runner !== undefined,
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
        state: () => runnerState(runner, admission, draining()),
        draining,
        now,
      },
    }),
  })
}
