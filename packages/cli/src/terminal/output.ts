import { styleText } from 'node:util'
import { HitherError, piecesOf, type Body } from '@hither/core'

/** Whoever read stdout wants no more of it, as `head` does: no fault of anybody's. */
export class ReaderLeft extends Error {}

/** Where results, notes and errors go. Results on stdout, everything else on stderr, so that pipes get just the answer. */
export interface Output {
  readonly json: boolean
  /** The result: as one JSON document where the user asked for it, else as text. */
  result(data: unknown, human: () => string): void
  /** A body as it is, as it comes. Gives its last byte. Throws ReaderLeft. */
  stream(body: Body): Promise<number | undefined>
  /** One of many things that happen while a command runs: a line of JSON, or text. */
  event(data: unknown, human: () => string): void
  /** A line beside the result; silent under --json. */
  note(line: string): void
  error(error: HitherError): void
}

export function output(json: boolean): Output {
  const print = (data: unknown): void => console.log(JSON.stringify(data, plain, 2))
  return {
    json,
    result(data, human) {
      if (json) print(data)
      else console.log(human())
    },
    async stream(body) {
      let last: number | undefined
      for await (const bytes of piecesOf(body)) {
        last = bytes.at(-1)
        // Who reads slowly makes the function wait, and fills no memory.
        await written(bytes)
      }
      return last
    },
    event(data, human) {
      console.log(json ? JSON.stringify(data, plain) : human())
    },
    note(line) {
      if (!json) console.error(styleText('dim', line, { stream: process.stderr }))
    },
    error(error) {
      if (json) print({ error: { name: error.name, ...error.toWire() } })
      else console.error(errorText(error))
    },
  }
}

/** What stdout leads to takes no more, such as a file on a full disk. */
export function unwritable(cause: Error): HitherError {
  return new HitherError('store-full', 'the output could not be written', {
    why: cause.message,
    fix: 'make room, or let it go elsewhere',
    cause,
  })
}

function written(bytes: Uint8Array): Promise<void> {
  const { stdout } = process
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const broken = (error: Error): void =>
    reject('code' in error && error.code === 'EPIPE' ? new ReaderLeft() : unwritable(error))
  // A stream that breaks says so to its listeners too, a moment later, and ends a process where there are none.
  stdout.once('error', broken)
  stdout.write(bytes, (error) => {
    if (error) return broken(error)
    stdout.off('error', broken)
    resolve()
  })
  return promise
}

/** What happened, why, and what to do, each on lines of its own. */
export function errorText({ name, message, why, fix }: HitherError): string {
  const red = (text: string): string => styleText(['red', 'bold'], text, { stream: process.stderr })
  const lines = [`${red(`${name}:`)} ${clean(message)}`]
  if (why !== undefined)
    lines.push(
      ...clean(why)
        .split('\n')
        .map((line, i) => `  ${i === 0 ? 'why:' : '    '} ${line}`),
    )
  if (fix !== undefined) lines.push(`  fix: ${clean(fix)}`)
  return lines.join('\n')
}

/** Other peers' words must not steer the terminal: control characters are dropped, line ends and tabs kept. */
export function clean(text: string): string {
  // oxlint-disable-next-line no-control-regex -- control characters are what it is about
  return text.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, '')
}

/** Bytes in JSON are base64url. Looked for before their own `toJSON` is called, which Buffers have. */
function plain(this: unknown, key: string, value: unknown): unknown {
  const before: unknown = typeof this === 'object' && this !== null ? Reflect.get(this, key) : value
  return before instanceof Uint8Array ? Buffer.from(before).toString('base64url') : value
}
