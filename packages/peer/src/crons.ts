import { encodeScheduled, isDue, SCHEDULED_HEADER, toHitherError, type CID, type Headers } from '@hither/core'
import type { PeerApi } from './api.ts'
import { minutes } from './minutes.ts'
import type { Parts } from './parts.ts'
import type { Timers } from './timers.ts'

export type CronsComponents = Pick<Parts, 'names' | 'functions' | 'signer' | 'wallClock' | 'log'> & {
  call: PeerApi['call']
  timers: Timers
}

/**
 * Calls what this publisher's own names want at their times, as any caller would, once for each. Gives how to end it. What was
 * missed is told in the log, and not made up for.
 */
export function crons(on: CronsComponents): () => void {
  const { wallClock, timers, log } = on
  return minutes({
    wallClock,
    timers,
    onMinute: (ms) => void fire(on, ms).catch((error: unknown) => log.error({ err: error }, 'crons could not be read')),
    onMissed: (count) => log.warn({ minutes: count }, 'crons of these minutes were missed: the machine slept'),
    onPutBack: (count) => log.warn({ minutes: count }, 'the clock was put back: crons of these minutes come again'),
  })
}

async function fire({ names, functions, signer, call, log }: CronsComponents, scheduledTime: number): Promise<void> {
  await names.refresh()
  for (const { name, cid } of names.list(signer.publisher)) {
    const wanted = cid === null ? [] : await cronsOf(name, cid)
    for (const cron of wanted) {
      if (isDue(cron, scheduledTime)) void run(name, cron)
    }
  }

  /** One that cannot be read, such as of a newer hither, keeps no other name's from being called. */
  async function cronsOf(name: string, cid: CID): Promise<readonly string[]> {
    try {
      return (await functions.local(cid))?.crons ?? []
    } catch (error) {
      log.error({ name, err: toHitherError(error) }, 'crons of a name could not be read')
      return []
    }
  }

  async function run(name: string, cron: string): Promise<void> {
    const headers: Headers = [[SCHEDULED_HEADER, encodeScheduled({ cron, scheduledTime })]]
    try {
      const { ended, status, body } = await call({ target: name, method: 'POST', headers })
      for await (const _ of body);
      await ended
      log[status < 400 ? 'info' : 'error']({ name, cron, status }, 'a cron was called')
    } catch (error) {
      log.error(
        { name, cron, err: toHitherError(error) },
        'a cron failed, and is not called again before its next time',
      )
    }
  }
}
