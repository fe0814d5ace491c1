import { usualRefusal, type Expected, type JobSecrets, type Need } from '@hither/core'
import { memoryBlocks, memoryNames } from '@hither/store'
import { expect, onTestFinished, test } from 'vitest'
import { functions } from '../src/functions.ts'
import { expect as foresee } from '../src/serve/expect.ts'
import { vouchers } from '../src/serve/vouchers.ts'
import { answers, network } from './caller.ts'
import { admissionOf, fakeLinks, record, signer, silent, testFunction } from './fakes.ts'

const owner = await signer(1)

interface Case {
  admitted?: boolean
  taking?: boolean
  warm?: boolean
  vouched?: boolean
  atHand?: boolean
  needs?: Need[]
  secrets?: string[]
  given?: (name: string) => Promise<JobSecrets>
}

/** What the runner hears of a call of `owner/x`. */
async function heard(it: Case = {}): Promise<Expected[]> {
  const { admitted = true, taking = true, warm = false, vouched = true, atHand = true, given } = it
  const fn = await testFunction('code', { needs: it.needs ?? [], ...(it.secrets && { secrets: it.secrets }) })
  const names = memoryNames()
  if (vouched) await names.put(await record(owner, 'x', 1, fn.cid))
  const links = fakeLinks({})
  const known = functions({ blocks: memoryBlocks({ capBytes: 1e6 }), links, now: () => 0, log: silent })
  if (atHand) known.learn(fn.cid, fn.blocks)
  const all: Expected[] = []
  foresee(
    {
      self: 'self',
      runner: {
        jail: () => ({ tier: 'process', layers: [], grants: { trusted: [] } }),
        isWarm: () => warm,
        expect: (call) => void all.push(call),
      },
      admission: admissionOf(...(admitted ? [owner.publisher] : [])),
      vouchers: vouchers({ names, links, functions: { take: () => {} }, log: silent }),
      vault: { given: (_publisher, name) => given?.(name) },
      functions: known,
      draining: () => false,
      taking: () => taking,
    },
    { cid: fn.cid, publisher: owner.publisher, name: 'x', manifest: fn.manifest },
  )
  return all
}

test('a runner hears of what it would take', async () => {
  const [call, ...others] = await heard()
  expect(others).toEqual([])
  expect(call).toMatchObject({ cordon: owner.publisher, caller: 'self' })
  expect(call?.code()).toBe('code')
  expect(() => call?.share()).not.toThrow()
})

test('it hears nothing of what it would refuse, has already, or would have to wait for', async () => {
  expect(await heard({ admitted: false })).toEqual([])
  expect(await heard({ taking: false })).toEqual([])
  expect(await heard({ warm: true })).toEqual([])
  expect(await heard({ vouched: false })).toEqual([])
  expect(await heard({ atHand: false })).toEqual([])
  expect(await heard({ needs: ['wasm'] })).toEqual([])
  expect(await heard({ secrets: ['KEY'] })).toEqual([])
  expect(await heard({ given: async (name) => ({ of: name, version: '1', values: {} }) })).toEqual([])
})

test('secrets that cannot be read are told to the call that comes', async () => {
  const damaged = (): never => {
    throw new Error('the record is damaged')
  }
  expect(await heard({ given: damaged })).toEqual([])
  const unhandled: unknown[] = []
  const hear = (reason: unknown): void => void unhandled.push(reason)
  process.on('unhandledRejection', hear)
  onTestFinished(() => void process.off('unhandledRejection', hear))
  expect(await heard({ given: () => Promise.reject(new Error('the key is another')) })).toEqual([])
  await new Promise((go) => setImmediate(go))
  expect(unhandled).toEqual([])
})

test('a peer makes itself ready for calls of its own where nobody else takes work', async () => {
  const alone = await network({ self: answers('self') })
  const { cid } = await alone.ask()
  expect(alone.expecting.map((foreseen) => [foreseen.cid.toString(), foreseen.name])).toEqual([[cid, 'x']])
  await expect(alone.ask({ path: 'x' })).rejects.toMatchObject({ code: 'usage' })
  expect(alone.expecting).toHaveLength(1)
})

test('where others take work too it waits for the decision', async () => {
  const near = await network({ self: answers('self'), other: answers('other') })
  await near.ask()
  const elsewhere = await network({ other: answers('other') })
  await elsewhere.ask()
  expect([...near.expecting, ...elsewhere.expecting]).toEqual([])
})

test('one that alone takes work and says no is asked no less', async () => {
  const refuses = await network({ self: () => Promise.reject(usualRefusal('notVolunteering')) })
  await expect(refuses.ask()).rejects.toMatchObject({ code: 'no-runner' })
  expect(refuses.expecting).toHaveLength(1)
})
