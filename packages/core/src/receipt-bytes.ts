import { decodeCid } from './cid.ts'
import type { Packer, Unpacker } from './packed.ts'
import { DIGEST_BYTES, type Receipt } from './receipt.ts'

const CID_MAX_BYTES = 64
const PEER_MAX_BYTES = 128

/** A receipt as it travels, which is also what is signed of it. */
export function packReceipt(to: Packer, { function: fn, request, result, runner, runMs, cpuMs }: Receipt): void {
  to.raw(request).raw(result).number(runMs).number(cpuMs).count(fn.length).raw(fn).text(runner)
}

/** Throws `bad-message`. */
export function unpackReceipt(from: Unpacker): Receipt {
  // Copies: what came may be a view into much more.
  const request = from.raw(DIGEST_BYTES).slice()
  const result = from.raw(DIGEST_BYTES).slice()
  const runMs = from.number(Number.MAX_SAFE_INTEGER)
  const cpuMs = from.number(Number.MAX_SAFE_INTEGER)
  const { bytes } = decodeCid(from.raw(from.count(CID_MAX_BYTES)))
  // In the order in which it is kept, so that nobody has to sort it for that.
  return { cpuMs, runMs, result, runner: from.text(PEER_MAX_BYTES), request, function: bytes }
}
