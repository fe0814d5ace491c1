import { FRAME_MAX_BYTES, isWhole, type HitherError, type Jail, type Job } from '@hither/core'
import { tooLarge, tooManyVariables, unsupported } from './errors.ts'
import type { Ticket } from './ticket.ts'

/** Half of a frame is left for what else the head of a call says. */
const HEAD_MAX_BYTES: number = FRAME_MAX_BYTES / 2

/** Of UTF-8. */
const CHAR_MAX_BYTES = 3

/** Why a call can never run here; undefined where it can. `lentMb`: what functions may have in all. */
export function refusalOf({ job, share }: Ticket, jail: Jail, lentMb: number): HitherError | undefined {
  const headBytes = headBytesOf(job)
  if (headBytes > HEAD_MAX_BYTES) return tooLarge('head', headBytes, HEAD_MAX_BYTES)
  const { bodyBytes } = job.manifest.limits
  if (isWhole(job.body) && job.body.length > bodyBytes) return tooLarge('body', job.body.length, bodyBytes)
  return unsupported(job, jail, Math.min(lentMb, share.memoryMb ?? lentMb)) ?? tooManyVariables(job)
}

/** Of method, URL and headers, in UTF-8; where they are few, the characters. */
function headBytesOf({ request: { method, url, headers } }: Job): number {
  let chars = method.length + url.length
  for (const [name, value] of headers) chars += name.length + value.length
  return chars * CHAR_MAX_BYTES <= HEAD_MAX_BYTES ? chars : Buffer.byteLength([method, url, ...headers.flat()].join(''))
}
