import { checkSeal, type SealedReceipt } from '@hither/core'
import type { KeptReceipt } from '@hither/peer'
import { readFileWithin } from '../input.ts'
import { positionals } from '../options.ts'
import { clean } from '../terminal/output.ts'
import { functionOf, readShown, receiptJson } from '../terminal/receipt-json.ts'
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

/** Of somebody else's, or kept elsewhere. Throws `usage`, `bad-answer`. */
async function receiptIn(path: string): Promise<Shown> {
  const shown = readShown(await readFileWithin(path), path)
  await checkSeal(shown)
  return shown
}

function jsonOf(kept: Shown): unknown {
  return { ...kept, ...receiptJson(kept), cid: functionOf(kept.receipt), signed: true }
}

function words(kept: Shown): string {
  const { receipt, call, name, time } = kept
  const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')
  return [
    ...(call === undefined ? [] : [`call      ${call}`]),
    `function  ${functionOf(receipt)}${name === undefined ? '' : ` (${clean(name)})`}`,
    `runner    ${receipt.runner}`,
    `request   ${hex(receipt.request)}`,
    `result    ${hex(receipt.result)}`,
    `took      ${ms(receipt.runMs)}, ${ms(receipt.cpuMs)} of processor time`,
    ...(time === undefined ? [] : [`answered  ${new Date(time).toISOString()}`]),
    'signature holds: this runner states that this function gave this result for this request',
  ].join('\n')
}
