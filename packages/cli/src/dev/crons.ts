import { isDue, isWhole } from '@hither/core'
import type { GatewayCall } from '@hither/gateway'
import { minutes, type Timers } from '@hither/peer'
import type { DevEvent } from './events.ts'
import type { Workbench } from './workbench.ts'

export interface DevCronsComponents {
  workbench: Workbench
  call: GatewayCall
  wallClock: () => number
  timers: Timers
  tell: (event: DevEvent) => void
}

/** Calls the newest version's `scheduled` at the times of its configuration. Gives how to end it. */
export function devCrons({ workbench, call, wallClock, timers, tell }: DevCronsComponents): () => void {
  return minutes({
    wallClock,
    timers,
    onMissed: (count) => tell({ type: 'crons-missed', minutes: count }),
    onPutBack: (count) => tell({ type: 'clock-put-back', minutes: count }),
    onMinute(scheduledTime) {
      for (const cron of workbench.newest?.manifest.crons ?? []) {
        if (!isDue(cron, scheduledTime)) continue
        tell({ type: 'cron', cron, scheduledTime })
        const query = new URLSearchParams({ cron, time: String(scheduledTime) }).toString()
        // How it went, the call tells itself.
        void run(call, `/__scheduled?${query}`).catch(() => undefined)
      }
    },
  })
}

async function run(call: GatewayCall, path: string): Promise<void> {
  const { body } = await call({ target: '', path }, {})
  if (!isWhole(body)) for await (const _ of body);
}
