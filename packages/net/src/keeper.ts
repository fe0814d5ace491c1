import { HitherError, type Clock, type JoinProgress, type Options, type PeerId, type Random } from '@hither/core'
import { redialPause } from './backoff.ts'
import { abortError, reasonOf, unreachable } from './errors.ts'
import { LINK_STABLE_MS, NAMED_MAX, NAMED_PER_PEER_MAX, WORKED_FAILURES_MAX } from './limits/finding.ts'
import { pause, type Timers } from './timers.ts'

export interface KeeperInit {
  timers: Timers
  now: Clock
  random: Random
  /** Connects to an address, and resolves once there is a link. */
  connect(address: string, signal: AbortSignal): Promise<PeerId>
  /** Resolves once the link is gone, with whether it worked: the other side answered on it. */
  down(peer: PeerId, signal: AbortSignal): Promise<{ worked: boolean }>
  /** Whether there is a link, by whichever side opened it. */
  up(peer: PeerId): boolean
  log: (text: string) => void
}

/** Keeps links to addresses that the user named: what breaks is dialled again. */
export interface Keeper {
  /** As `Links.join` says. */
  join(address: string, options?: Options<JoinProgress>): Promise<PeerId>
  stop(): void
}

export function keeper(init: KeeperInit): Keeper {
  return new AddressKeeper(init)
}

/** An address that is kept. */
interface Kept {
  control: AbortController
  /** Who answered there when it was joined. */
  peer?: PeerId
}

class AddressKeeper implements Keeper {
  private readonly init: KeeperInit
  /** Those first that were named longest ago. */
  private readonly kept = new Map<string, Kept>()
  private stopped = false

  constructor(init: KeeperInit) {
    this.init = init
  }

  async join(address: string, { signal, onProgress }: Options<JoinProgress> = {}): Promise<PeerId> {
    if (signal?.aborted === true) throw abortError(signal)
    if (this.stopped) throw stopped()
    // A second join of an address takes over from the first, whose link, if any, stays as it is.
    this.kept.get(address)?.control.abort(new HitherError('cancelled', `${address} is joined anew`))
    const kept = this.keep(address)
    const { control } = kept
    const giveUp = (): void => control.abort(signal?.reason)
    signal?.addEventListener('abort', giveUp, { once: true })
    try {
      const peer = await this.first(address, control.signal, onProgress)
      kept.peer = peer
      this.letGoBeyond(NAMED_PER_PEER_MAX, ([, one]) => one.peer === peer)
      void this.hold(address, peer, control.signal)
      return peer
    } catch (thrown) {
      if (this.kept.get(address) === kept) this.kept.delete(address)
      throw thrown
    } finally {
      signal?.removeEventListener('abort', giveUp)
    }
  }

  stop(): void {
    this.stopped = true
    for (const { control } of this.kept.values()) control.abort(stopped())
    this.kept.clear()
  }

  private keep(address: string): Kept {
    const kept: Kept = { control: new AbortController() }
    this.kept.delete(address)
    this.kept.set(address, kept)
    this.letGoBeyond(NAMED_MAX, () => true)
    return kept
  }

  /** Of those meant only so many are kept, the newest. */
  private letGoBeyond(most: number, meant: (entry: [address: string, kept: Kept]) => boolean): void {
    for (const [address, { control }] of [...this.kept].filter(meant).slice(0, -most)) {
      this.kept.delete(address)
      control.abort(
        new HitherError('cancelled', `${address} is not kept any more`, { why: `${most} others were joined since` }),
      )
    }
  }

  /** Tries until there is a link. Somebody waits for it, so the process stays alive meanwhile. */
  private async first(
    address: string,
    signal: AbortSignal,
    onProgress?: (event: JoinProgress) => void,
  ): Promise<PeerId> {
    for (let failures = 0; ; failures++) {
      const result = await this.attempt(address, signal)
      if ('peer' in result) return result.peer
      onProgress?.({ type: 'join:failed', address, error: failure(address, result.failed) })
      try {
        await pause(this.init.timers, redialPause(failures, this.init.random), signal, true)
      } catch {
        throw this.gaveUp(address, signal, result.failed)
      }
    }
  }

  /** Until stopped. Never rejects. */
  private async hold(address: string, peer: PeerId, signal: AbortSignal): Promise<void> {
    const { init } = this
    let failures = 0
    let linked: PeerId | undefined = peer
    try {
      for (;;) {
        if (linked !== undefined) {
          const since = init.now()
          const { worked } = await init.down(linked, signal)
          // Only connections that break at once are made ever more slowly.
          if (worked) failures = Math.min(failures, WORKED_FAILURES_MAX)
          if (init.now() - since >= LINK_STABLE_MS) failures = 0
        }
        await pause(init.timers, redialPause(failures++, init.random), signal)
        if (linked !== undefined && init.up(linked)) continue
        const result = await this.attempt(address, signal)
        linked = 'peer' in result ? result.peer : undefined
      }
    } catch (thrown) {
      // Only the signal ends it.
      init.log(`no longer keeping ${address}: ${reasonOf(thrown)}`)
    }
  }

  private async attempt(address: string, signal: AbortSignal): Promise<{ peer: PeerId } | { failed: unknown }> {
    try {
      return { peer: await this.init.connect(address, signal) }
    } catch (failed) {
      if (failed instanceof HitherError && failed.code === 'usage') throw failed
      if (!signal.aborted) this.init.log(`${address} does not answer: ${reasonOf(failed)}`)
      return { failed }
    }
  }

  private gaveUp(address: string, signal: AbortSignal, failed: unknown): HitherError {
    if (signal.reason instanceof HitherError) return signal.reason
    if (failed instanceof HitherError && failed.code === 'wrong-network') return failed
    return new HitherError(abortError(signal).code, `no connection to ${address}`, {
      why: reasonOf(failed),
      fix: 'check that the peer runs there and that no firewall is between',
      cause: failed,
    })
  }
}

function failure(address: string, thrown: unknown): HitherError {
  return thrown instanceof HitherError ? thrown : unreachable(address, reasonOf(thrown), thrown)
}

function stopped(): HitherError {
  return new HitherError('cancelled', 'the network was stopped')
}
