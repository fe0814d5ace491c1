import type { Links } from '@hither/core'
import { afterAll, beforeAll } from 'vitest'
import { addressOf, link, peer } from './peers.ts'
import { header, pattern, wholly } from './services.ts'

// Of the file that runs: others share this process.
const escaped: unknown[] = []
const note = (reason: unknown): void => void escaped.push(reason)

/** Takes down what escapes during the tests of this file. */
export function watchEscapes(): void {
  beforeAll(() => {
    escaped.length = 0
    process.on('unhandledRejection', note)
    process.on('uncaughtException', note)
  })
  afterAll(() => {
    process.off('unhandledRejection', note)
    process.off('uncaughtException', note)
  })
}

/** Whether the peer still does its work for others, bodies of all lengths, and what escaped it. */
export async function aftermath(victim: Links): Promise<{ answered: number[]; escaped: unknown[] }> {
  const guest = await peer()
  await link(guest, addressOf(victim), victim)
  const calls = [10, 500_000].map((length) => wholly(guest.call(victim.self, header(), pattern(length))))
  return { answered: (await Promise.all(calls)).map(({ body }) => body.length), escaped }
}

export const UNHARMED = { answered: [10, 500_000], escaped: [] }
