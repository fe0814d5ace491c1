import { HitherError } from '@hither/core'
import { memoryNames } from '@hither/store'
import { pino } from 'pino'
import { expect, test } from 'vitest'
import { blockFetch } from '../src/block-fetch.ts'
import { nameQuery } from '../src/name-query.ts'
import { vouchers } from '../src/serve/vouchers.ts'
import { expected, fakeLinks, signer, testFunction } from './fakes.ts'

const [{ publisher }, { cid }] = await Promise.all([signer(1), testFunction('code')])

test('what another peer gets wrong writes nothing into the log that is not asked for, and there no stack', async () => {
  const lines: Record<string, unknown>[] = []
  const log = pino({ level: 'debug' }, { write: (line) => void lines.push(JSON.parse(line)) })
  const names = memoryNames()
  const fails = (): Promise<never> => Promise.reject(new HitherError('bad-record', 'nonsense'))
  const links = fakeLinks({ mallory: { rttMs: 1, voucher: fails, name: fails, block: fails } })
  const { signal } = new AbortController()
  const vouch = vouchers({ names, links, functions: { take: () => {} }, log })
  const [follows, clock] = [(): boolean => false, (): number => 0]
  const query = nameQuery({
    self: 'me',
    names,
    links,
    joining: expected(0),
    follows,
    now: clock,
    wallClock: clock,
    log,
  })

  expect(await vouch.ask(cid, publisher, 'mallory', signal)).toBeUndefined()
  expect(await vouch.namedBy({ cid, publisher, name: 'x', from: 'mallory', signal })).toBe(false)
  expect((await query.newest(publisher, 'x')).said).toEqual([{ peer: 'mallory', what: 'bad-record' }])
  expect(await blockFetch(cid, { links, log, onEnd: () => {} }).wait({ from: 'mallory' })).toBeUndefined()

  expect(lines).toHaveLength(4)
  for (const line of lines) {
    expect(line).toMatchObject({ level: pino.levels.values['debug'], code: 'bad-record', why: 'nonsense' })
    expect(JSON.stringify(line)).not.toContain('    at ')
  }
})
