import { sharedNow } from '../ipc/clock.ts'
import { PATIENCE_MAX } from '../ipc/limits.ts'
import type { Message } from '../ipc/messages.ts'
import type { GuestInit } from './guest.ts'

type Load = Pick<GuestInit, 'name' | 'bundle' | 'code' | 'env' | 'memoryMb' | 'patience' | 'bodyBytes'>

/** What the parent wants loaded: until when, and whether it takes the code for known here. */
export function readLoad(message: Message): Load & { startBy: number; remembered: boolean } {
  const { head } = message
  const remembered = head.has('remembered')
  return {
    name: head.string('name'),
    bundle: head.string('bundle'),
    code: remembered ? undefined : message.bodyText,
    env: head.texts('env'),
    memoryMb: head.integer('memoryMb', 1, Number.MAX_SAFE_INTEGER),
    patience: head.integer('patience', 1, PATIENCE_MAX),
    bodyBytes: head.integer('bodyBytes', 0, Number.MAX_SAFE_INTEGER),
    startBy: head.number('startBy', 0, Number.MAX_SAFE_INTEGER),
    remembered,
  }
}

/** The parent may have given it to another process by now. */
export function isLate(startBy: number): boolean {
  return sharedNow() > startBy
}
