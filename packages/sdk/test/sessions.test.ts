import { HitherError } from '@hither/core'
import { expect, test } from 'vitest'
import { sessions, type Session } from '../src/peer/sessions.ts'

interface Opened extends Session {
  lose(): void
  closes: number
}

/** Sessions that can be lost by hand; opening fails while there are errors to throw. */
function opened(...errors: Error[]): { opens: Opened[]; open: () => Promise<Session> } {
  const opens: Opened[] = []
  return {
    opens,
    async open() {
      const error = errors.shift()
      if (error !== undefined) throw error
      let gone = false
      const session: Opened = {
        api: {} as Session['api'],
        gone: () => gone,
        lose: () => void (gone = true),
        closes: 0,
        close: async () => void session.closes++,
      }
      opens.push(session)
      return session
    },
  }
}

test('one session serves until it is gone; then another is opened, once for all who need it', async () => {
  const { opens, open } = opened()
  const all = sessions(open)
  expect(await Promise.all([all.current(), all.current()])).toEqual([opens[0], opens[0]])
  opens[0]?.lose()
  expect(await Promise.all([all.current(), all.current()])).toEqual([opens[1], opens[1]])
  expect(opens).toHaveLength(2)
})

test('one that cannot be opened is tried again at the next need', async () => {
  const { opens, open } = opened(new HitherError('peer-unreachable', 'none'))
  const all = sessions(open)
  await expect(all.current()).rejects.toMatchObject({ code: 'peer-unreachable' })
  expect(await all.current()).toBe(opens[0])
})

test('closing closes even one that is being opened, and opens no other', async () => {
  const { opens, open } = opened()
  const all = sessions(open)
  const opening = all.current()
  await all.close()
  await opening
  expect(opens[0]?.closes).toBe(1)
  opens[0]?.lose()
  await expect(all.current()).rejects.toMatchObject({ code: 'cancelled' })
  await sessions(open).close()
  expect(opens).toHaveLength(1)
})
