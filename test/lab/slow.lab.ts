import { randomBytes } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { CALLER, distances, NEAREST } from './support/distances.ts'
import { inMs, spread, tell } from './support/figures.ts'
import { seen, stream } from './support/load.ts'
import type { Line } from './support/lan.ts'

const UPLINK: Line = `${CALLER}>${NEAREST}`
const BODY_BYTES = 400_000

/** Hex in a bundle: twice as many characters. Its source map holds them once more. */
const CODE_BYTES = 75_000

test('a body of 400 KB over an uplink of 1 Mbit/s ends no link, and no call; then the nearest is near again', async () => {
  const { lan, nearest, call } = await distances()
  await lan.rate(UPLINK, 1000)
  const gets = stream(100, () => call())
  const large = await call('/', { method: 'POST', body: new Uint8Array(BODY_BYTES), prefer: [nearest] })
  const back = await seen(() => gets.results.find(({ peer, at, ms }) => at - ms > large.at && peer === nearest), 30_000)
  const all = await gets.stop()

  tell(
    `400 KB over 1 Mbit/s were answered after ${inMs(large.ms)}; of ${all.length} small calls meanwhile and after, ${spread(all)}; ${inMs(back.at - large.at)} later the nearest ran calls again`,
  )
  expect(large).toMatchObject({ status: 200, body: `${BODY_BYTES}`, peer: nearest, attempts: 1 })
  expect(all.filter(({ status, failures }) => status !== 200 || failures > 0)).toEqual([])
})

test('a function is deployed over an uplink of 500 kbit/s: blocks that fill the line end no link', async () => {
  const { net, lan, runners, caller } = await distances()
  for (const host of [1, 2, 3]) await lan.rate(`${CALLER}>${host}`, 500)
  const entry = join(net.folder, 'large.ts')
  const code = randomBytes(CODE_BYTES).toString('hex')
  await writeFile(entry, `const code = '${code}'\nexport default () => new Response(code)\n`)
  const deployed = await caller.deploy({ entry, name: 'large' })
  tell(
    `a bundle of ${deployed.bundleBytes} bytes over 500 kbit/s was kept by ${deployed.keptBy.length} runners after ${inMs(deployed.ms)}`,
  )
  expect(deployed.notKeptBy).toEqual([])
  expect(runners.map(({ status }) => status.peer)).toEqual(expect.arrayContaining(deployed.keptBy))
  expect(deployed.keptBy.length).toBeGreaterThanOrEqual(2)
})
