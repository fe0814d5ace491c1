import { FRAME_HEAD_BYTES, type Frame, type Traffic, type TrafficKind } from '@hither/core'
import { FRAME } from './protocols/call/frames.ts'

/** Counts what is said on call streams. */
export interface Meter {
  sent(frame: Frame): void
  received(frame: Frame): void
  readonly traffic: Traffic
}

export function meter(): Meter {
  const traffic: Traffic = { sent: nothing(), received: nothing() }
  const count = (bytes: Record<TrafficKind, number>, { type, payload }: Frame): void => {
    const kind = KINDS[type] ?? 'calls'
    bytes[kind] += FRAME_HEAD_BYTES
    bytes[INSIDE[type] ?? kind] += payload.length
  }
  return {
    sent: (frame) => count(traffic.sent, frame),
    received: (frame) => count(traffic.received, frame),
    get traffic() {
      return structuredClone(traffic)
    },
  }
}

const KINDS: Record<number, TrafficKind> = {
  [FRAME.PING]: 'beats',
  [FRAME.PONG]: 'beats',
  [FRAME.NEWS]: 'states',
  [FRAME.ADVERTS]: 'adverts',
}

/** What beats carry is of another kind. */
const INSIDE: Record<number, TrafficKind> = {
  [FRAME.PING]: 'adverts',
  [FRAME.PONG]: 'states',
}

function nothing(): Record<TrafficKind, number> {
  return { beats: 0, states: 0, adverts: 0, calls: 0 }
}
