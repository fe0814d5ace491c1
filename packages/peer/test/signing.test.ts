import { checkSeal, keyOfPeer, verifySignature, type Receipt, type SealPlace } from '@hither/core'
import { peerIdOf } from '@hither/net'
import { expect, test } from 'vitest'
import { digestWhole } from '../src/digest.ts'
import { SEAL_MS, SEAL_PAUSE_MS, SEAL_WANTED } from '../src/limits/kept.ts'
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

const SEED = new Uint8Array(32).fill(9)

async function receipt(runMs: number): Promise<Receipt> {
  const { cid } = await testFunction('code')
  const digest = new Uint8Array(32)
  return { function: cid.bytes, request: digest, result: digest, runner: peerIdOf(SEED), runMs, cpuMs: 0 }
}

async function check(signed: Receipt | undefined, place: Promise<SealPlace>): Promise<void> {
  const { tree, at } = await place
  await checkSeal({ receipt: signed ?? (await receipt(0)), seal: tree.seal(at, digestWhole) })
}

test('receipts that are made within a moment share a signature, which holds for each', async () => {
  const sign = await peerSigner(SEED)
  const due: [number, () => void][] = []
  let signatures = 0
  let now = 0
  const seals = sealer({
    sign(bytes) {
      signatures += 1
      return sign(bytes)
    },
    timers: { after: (ms, run) => (due.push([ms, run]), () => {}) },
    now: () => now,
  })
  const some = await Promise.all([1, 2, 3].map(receipt))
  const sealed = some.map((one) => seals.seal(one))
  expect([signatures, due.map(([ms]) => ms)]).toEqual([0, [SEAL_MS]])
  due.shift()?.[1]()
  for (const [i, place] of sealed.entries()) await check(some[i], place)
  now += 3
  const next = seals.seal(await receipt(4))
  expect(due.map(([ms]) => ms)).toEqual([SEAL_PAUSE_MS - 3])
  due.shift()?.[1]()
  await check(await receipt(4), next)
  now += SEAL_PAUSE_MS
  void seals.seal(await receipt(5))
  expect(due.map(([ms]) => ms)).toEqual([SEAL_MS])
  expect(signatures).toBe(2)
})

test('receipts that are enough for one signature do not wait for the moment to pass', async () => {
  const timers = new Map<() => void, number>()
  const seals = sealer({
    sign: await peerSigner(SEED),
    timers: {
      after(ms, run) {
        timers.set(run, ms)
        return () => timers.delete(run)
      },
    },
    now: () => 0,
  })
  const some = await Promise.all(Array.from({ length: SEAL_WANTED }, (_, i) => receipt(i)))
  const sealed = some.map((one) => seals.seal(one))
  const [[flush, ms] = []] = [...timers]
  expect([timers.size, ms]).toEqual([1, 0])
  flush?.()
  for (const [i, place] of sealed.entries()) await check(some[i], place)
})

test('who asks for a receipt that could not be signed is told so', async () => {
  const due: (() => void)[] = []
  const seals = sealer({
    sign: () => Promise.reject(new Error('no key')),
    timers: { after: (_ms, run) => (due.push(run), () => {}) },
    now: () => 0,
  })
  const { cid } = await testFunction('code')
  const digest = new Uint8Array(32)
  const seal = seals.seal({ function: cid.bytes, request: digest, result: digest, runner: 'r', runMs: 0, cpuMs: 0 })
  due[0]?.()
  await expect(seal).rejects.toThrow('no key')
})
