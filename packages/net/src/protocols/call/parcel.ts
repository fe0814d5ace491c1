import { FRAME_HEAD_BYTES, type Frame } from '@hither/core'
import { SMALL_BODY_BYTES } from '../../limits/calls.ts'

/** The frames of one call in one direction, and how far they got. */
export interface Parcel {
  readonly id: number
  readonly head: readonly Frame[]
  readonly body: Uint8Array
  tail: readonly Frame[]
  /** Of its head, and of its tail, as frames. */
  readonly headBytes: number
  tailBytes: number
  /** Bytes of the body that are on their way. */
  at: number
  /** `done`: its last frame was handed to the stream. */
  state: 'waiting' | 'begun' | 'done' | 'dropped'
}

const EMPTY = new Uint8Array(0)

export function pack(id: number, head: Frame[], body: Uint8Array = EMPTY, tail: Frame[] = []): Parcel {
  return { id, head, body, tail, headBytes: sizeOf(head), tailBytes: sizeOf(tail), at: 0, state: 'waiting' }
}

export function append(parcel: Parcel, frames: Frame[]): void {
  parcel.tail = [...parcel.tail, ...frames]
  parcel.tailBytes += sizeOf(frames)
}

/** It goes out in one piece. */
export function isSmall(parcel: Parcel): boolean {
  return parcel.body.length <= SMALL_BODY_BYTES
}

/** Bytes of it that are still to be handed over. */
export function left(parcel: Parcel): number {
  if (parcel.state === 'done' || parcel.state === 'dropped') return 0
  const head = parcel.state === 'begun' ? 0 : parcel.headBytes
  return head + parcel.body.length - parcel.at + parcel.tailBytes
}

function sizeOf(frames: readonly Frame[]): number {
  let bytes = 0
  for (const { payload } of frames) bytes += FRAME_HEAD_BYTES + payload.length
  return bytes
}
