import type { Expected, Job } from '@hither/core'

/** What is known of a call that may come, as if it had. */
export function jobOf(call: Expected): Job {
  const { wallMs } = call.manifest.limits
  return { ...call, request: { method: 'GET', url: '', headers: [] }, body: new Uint8Array(0), remainingMs: wallMs }
}
