/**
 * Calls of a handler's `scheduled`, as HTTP: POST without a body, with SCHEDULED_HEADER naming the time in ms since 1970 and, as
 * encodeURIComponent gives it, the cron. Answered by 200, or 404 where the handler has none. Runs in the isolate as well.
 */
export const SCHEDULED_HEADER = 'hither-scheduled'

/** What a handler is called for by its clock. */
export interface Scheduled {
  /** As the function's configuration has it; empty for one that was called by hand. */
  cron: string
  /** When it was to be called, in ms since 1970. */
  scheduledTime: number
}

export function encodeScheduled({ cron, scheduledTime }: Scheduled): string {
  return `${Math.trunc(scheduledTime)} ${encodeURIComponent(cron)}`.trimEnd()
}

/** Undefined for what is none. */
export function decodeScheduled(text: string): Scheduled | undefined {
  const [time, encoded = ''] = text.split(' ')
  const scheduledTime = Number(time)
  if (!/^\d{1,15}$/.test(time ?? '')) return undefined
  try {
    return { cron: decodeURIComponent(encoded), scheduledTime }
  } catch {
    // Encoded by nobody who knows how.
    return undefined
  }
}
