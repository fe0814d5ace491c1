import { readState, type RunnerState } from './call.ts'
import { decodeMessage, encodeMessage } from './codec.ts'
import { COORDINATE_DIMENSIONS, readCoordinate, type Coordinate } from './coordinate.ts'
import { Shape } from './shape.ts'

/** What a peer says of itself, as far as it is other than what it said before on the same stream. */
export interface News {
  /** Where it is. */
  place?: Coordinate | undefined
  state?: StateChange | undefined
}

/** The fields that changed, with what they are now. */
export type StateChange = { [Field in keyof RunnerState]?: RunnerState[Field] | null }

/** A place in single precision: nobody measures to a ten-millionth. */
export const PLACE_BYTES: number = 4 * (COORDINATE_DIMENSIONS + 2)

export function encodeNews({ place, state }: News): Uint8Array {
  return encodeMessage({ place: place && encodePlace(place), state })
}

/** What is known of a peer once its news came on top of what it said before. Throws `bad-message`. */
export function decodeNews(
  bytes: Uint8Array,
  before: RunnerState | undefined,
): { place?: Coordinate; state?: RunnerState } {
  const shape = new Shape(decodeMessage(bytes), 'the news')
  return {
    ...(shape.has('place') && { place: decodePlace(shape.bytes('place', PLACE_BYTES)) }),
    ...(shape.has('state') && { state: changed(before, shape.map('state')) }),
  }
}

function changed(before: RunnerState | undefined, change: Record<string, unknown>): RunnerState {
  const fields = Object.entries({ ...before, ...change }).filter(([, value]) => value !== null)
  return readState(Object.fromEntries(fields))
}

export function encodePlace({ at, heightMs, error }: Coordinate): Uint8Array {
  const view = new DataView(new ArrayBuffer(PLACE_BYTES))
  for (const [i, number] of [...at, heightMs, error].entries()) view.setFloat32(4 * i, number)
  return new Uint8Array(view.buffer)
}

/** Throws `bad-message`. */
export function decodePlace(bytes: Uint8Array): Coordinate {
  if (bytes.length !== PLACE_BYTES) throw new Shape({}, 'the place').refuse(`it has ${bytes.length} bytes`)
  const view = new DataView(bytes.buffer, bytes.byteOffset)
  const numbers = Array.from({ length: COORDINATE_DIMENSIONS + 2 }, (_, i) => view.getFloat32(4 * i))
  const [heightMs, error] = numbers.slice(COORDINATE_DIMENSIONS)
  return readCoordinate({ at: numbers.slice(0, COORDINATE_DIMENSIONS), heightMs, error })
}

/** Fields of a state that are other than before: null for those that are there no more. Undefined where none is. */
export function stateChange(before: RunnerState | undefined, now: RunnerState): StateChange | undefined {
  const known: Record<string, unknown> = { ...before }
  const fresh: Record<string, unknown> = { ...now }
  const names = [...new Set([...Object.keys(known), ...Object.keys(fresh)])].filter(
    (name) => !isSame(known[name], fresh[name]),
  )
  return names.length === 0 ? undefined : Object.fromEntries(names.map((name) => [name, fresh[name] ?? null]))
}

function isSame(a: unknown, b: unknown): boolean {
  if (!isList(a) || !isList(b)) return a === b
  return a.length === b.length && a.every((one, i) => one === b[i])
}

function isList(value: unknown): value is unknown[] | Uint8Array {
  return Array.isArray(value) || value instanceof Uint8Array
}
