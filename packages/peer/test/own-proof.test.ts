import type { SealPlace, WholeAnswer, WholeRun } from '@hither/core'
import { expect, test } from 'vitest'
import { heapBytes } from '../../../test/support/heap.ts'
import { digested } from '../src/digest.ts'
import { answerOf } from '../src/serve/answer.ts'
import { hashedRequest } from '../src/serve/own-proof.ts'
import type { Sealer } from '../src/serve/sealer.ts'
import { metrics, testFunction } from './fakes.ts'

/** So much of each call waits for its receipt to be written, up to a thousand times: as functions that know their call it was twice that. */
const LASTING_MAX_BYTES = 500
const CALLS = 10_000

const { cid } = await testFunction('x')
const sealer: Sealer = { seal: () => Promise.withResolvers<SealPlace>().promise }

function proofOf(n: number): unknown {
  const header = { cid, hop: 0, url: 'http://x.y/', method: 'GET', headers: [], remainingMs: n }
  const request = hashedRequest(header, digested(new Uint8Array(0)), true)
  const run: WholeRun = { status: 200, headers: [], body: new Uint8Array(2), metrics: { ...metrics, runMs: n / 7 } }
  const answer = answerOf({ self: 'self', sealer }, { from: 'self', header, request, fetchMs: 0 }, run)
  return (answer as WholeAnswer).trailer.proof
}

test('little of an own call lasts for its receipt', () => {
  const proofs = (): unknown[] => Array.from({ length: CALLS }, (_, n) => proofOf(n))
  // Compiled by then, and with all that is made once.
  expect(proofs()).not.toContain(undefined)
  const before = heapBytes()
  const all = proofs()
  expect((heapBytes() - before) / CALLS).toBeLessThan(LASTING_MAX_BYTES)
  expect(all).toHaveLength(CALLS)
})
