import { checkSeal, keyOfPeer, verifySignature, type Receipt } from '@hither/core'
import { peerIdOf } from '@hither/net'
import { expect, test } from 'vitest'
import { SEAL_MS } from '../src/limits.ts'
import { peerSigner } from '../src/peer-signer.ts'
import { sealer } from '../src/serve/sealer.ts'
import { testFunction } from './fakes.ts'

test('what a peer signs holds for the key that is its id', async () => {
  const seed = new Uint8Array(32).fill(9)
  const bytes = new TextEncoder().encode('a root')
  const signature = (await peerSigner(seed))(bytes)
  const key = keyOfPeer(peerIdOf(seed)) ?? ''
  expect(await verifySignature(key, bytes, signature)).toBe(true)
  expect(await verifySignature(key, bytes.with(0, 1), signature)).toBe(false)
})

test('receipts that are made within a moment share a signature, which holds for each', async () => {
  const seed = new Uint8Array(32).fill(9)
  const sign = await peerSigner(seed)
  const { cid } = await testFunction('code')
  const due: [number, () => void][] = []
  let signatures = 0
  const seals = sealer({
    sign(bytes) {
      signatures += 1
      return sign(bytes)
    },
    timers: { after: (ms, run) => (due.push([ms, run]), () => {}) },
  })
  const digest = new Uint8Array(32)
  const receipt = (runMs: number): Receipt => {
    return { function: cid.bytes, request: digest, result: digest, runner: peerIdOf(seed), runMs, cpuMs: 0 }
  }
  const some = [1, 2, 3].map(receipt)
  const sealed = some.map((one) => seals.seal(one))
  expect([signatures, due.map(([ms]) => ms)]).toEqual([0, [SEAL_MS]])
  due.shift()?.[1]()
  for (const [i, seal] of sealed.entries()) await checkSeal({ receipt: some[i] ?? receipt(0), seal: await seal })
  const next = seals.seal(receipt(4))
  due.shift()?.[1]()
  await checkSeal({ receipt: receipt(4), seal: await next })
  expect([signatures, due.length]).toEqual([2, 0])
})

test('who asks for a receipt that could not be signed is told so', async () => {
  const due: (() => void)[] = []
  const seals = sealer({
    sign: () => Promise.reject(new Error('no key')),
    timers: { after: (_ms, run) => (due.push(run), () => {}) },
  })
  const { cid } = await testFunction('code')
  const digest = new Uint8Array(32)
  const seal = seals.seal({ function: cid.bytes, request: digest, result: digest, runner: 'r', runMs: 0, cpuMs: 0 })
  due[0]?.()
  await expect(seal).rejects.toThrow('no key')
})
