import { Buffer } from '../buffer.ts'
import { nextTick } from '../process.ts'

type Done<T> = (error: Error | null, value: T) => void

/** The most that the web's getRandomValues gives at once. */
const AT_ONCE_BYTES = 65_536

export function getRandomValues<View extends NodeJS.TypedArray>(view: View): View {
  globalThis.crypto.getRandomValues(view as Uint8Array)
  return view
}

export function randomUUID(): string {
  return globalThis.crypto.randomUUID()
}

export function randomFillSync<View extends ArrayBuffer | ArrayBufferView>(
  into: View,
  offset = 0,
  size?: number,
): View {
  const whole = ArrayBuffer.isView(into)
    ? new Uint8Array(into.buffer, into.byteOffset, into.byteLength)
    : new Uint8Array(into)
  const part = whole.subarray(offset, size === undefined ? undefined : offset + size)
  for (let at = 0; at < part.length; at += AT_ONCE_BYTES) getRandomValues(part.subarray(at, at + AT_ONCE_BYTES))
  return into
}

export function randomFill<View extends ArrayBufferView>(into: View, ...rest: [...number[], Done<View>]): void {
  const done = rest.pop() as Done<View>
  const [offset, size] = rest as number[]
  later(() => randomFillSync(into, offset, size), done)
}

export function randomBytes(size: number, done?: Done<Buffer>): Buffer | void {
  if (!Number.isInteger(size) || size < 0) {
    const error = new RangeError(
      `The value of "size" is out of range. It must be >= 0 && <= 2147483647. Received ${size}`,
    )
    throw Object.assign(error, { code: 'ERR_OUT_OF_RANGE' })
  }
  if (done !== undefined) return later(() => randomFillSync(Buffer.alloc(size)), done)
  return randomFillSync(Buffer.alloc(size))
}

/** From `min`, 0 if not said, up to but without `max`; every one of them as likely as the next. */
export function randomInt(...given: [...number[], number | Done<number>]): number | void {
  const done = typeof given.at(-1) === 'function' ? (given.pop() as Done<number>) : undefined
  const [min, max] = (given.length === 1 ? [0, given[0]] : given) as [number, number]
  if (done !== undefined) return later(() => pick(min, max), done)
  return pick(min, max)
}

function pick(min: number, max: number): number {
  const range = max - min
  if (!Number.isSafeInteger(min) || !Number.isSafeInteger(max) || range <= 0 || range > 2 ** 48 - 1) {
    throw Object.assign(new RangeError('The value of "max" is out of range.'), { code: 'ERR_OUT_OF_RANGE' })
  }
  // What lies beyond the last whole multiple would make the small ones likelier.
  const end = 2 ** 48 - (2 ** 48 % range)
  for (;;) {
    const drawn = randomFillSync(Buffer.alloc(6)).readUIntBE(0, 6)
    if (drawn < end) return min + (drawn % range)
  }
}

function later<T>(make: () => T, done: Done<T>): void {
  const made = make()
  nextTick(() => done(null, made))
}
