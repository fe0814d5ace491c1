import { readFile } from 'node:fs/promises'
import { checkSeal, CID, HitherError, readReceipt, readSeal, Shape, type SealedReceipt } from '@hither/core'
import type { KeptReceipt } from '@hither/peer'
import { positionals } from '../options.ts'
import { clean } from '../terminal/output.ts'
import { ms } from '../terminal/words.ts'
import type { Verb } from '../verb.ts'

export const verb: Verb = {
  usage: 'receipt CALL|FILE',
  summary: 'show who ran a call, and check that runner’s signature',
  options: {},
  async run({ args, out, session }) {
    const [which] = positionals(verb, args, ['CALL|FILE'])
    // A call's id has neither dots nor slashes in it.
    const kept = /[./]/.test(which) ? await receiptIn(which) : await (await session()).receipt({ call: which })
    out.result(jsonOf(kept), () => words(kept))
  },
}

type Shown = SealedReceipt & Partial<Pick<KeptReceipt, 'call' | 'name' | 'time'>>

/** Of somebody else's, or kept elsewhere: what `fn receipt CALL --json` printed. Throws `usage`, `bad-answer`. */
async function receiptIn(path: string): Promise<Shown> {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (cause) {
    throw new HitherError('usage', `the file "${path}" cannot be read`, { why: String(cause), cause })
  }
  const shown = readShown(path, text)
  await checkSeal(shown)
  return shown
}

function readShown(path: string, text: string): Shown {
  try {
    const shape = new Shape(JSON.parse(text, bytesOfText), path)
    return { receipt: readReceipt(shape.raw('receipt')), seal: readSeal(shape.raw('seal')) }
  } catch (cause) {
    throw new HitherError('bad-answer', `${path} holds no receipt`, {
      why: cause instanceof Error ? cause.message : String(cause),
      fix: 'give the whole of what `fn receipt CALL --json` printed',
      cause,
    })
  }
}

const BYTE_FIELDS = new Set(['function', 'request', 'result', 'hash', 'signature'])

/** Bytes are base64url in JSON. */
function bytesOfText(field: string, value: unknown): unknown {
  return BYTE_FIELDS.has(field) && typeof value === 'string' ? new Uint8Array(Buffer.from(value, 'base64url')) : value
}

function jsonOf(kept: Shown): unknown {
  return { ...kept, cid: functionOf(kept), signed: true }
}

function functionOf({ receipt }: SealedReceipt): string {
  return CID.decode(receipt.function).toString()
}

function words(kept: Shown): string {
  const { receipt, call, name, time } = kept
  const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')
  return [
    ...(call === undefined ? [] : [`call      ${call}`]),
    `function  ${functionOf(kept)}${name === undefined ? '' : ` (${clean(name)})`}`,
    `runner    ${receipt.runner}`,
    `request   ${hex(receipt.request)}`,
    `result    ${hex(receipt.result)}`,
    `took      ${ms(receipt.runMs)}, ${ms(receipt.cpuMs)} of processor time`,
    ...(time === undefined ? [] : [`answered  ${new Date(time).toISOString()}`]),
    'signature holds: this runner states that this function gave this result for this request',
  ].join('\n')
}
