import { HitherError, type CallProgress } from '@hither/core'
import type { Home, PeerApi } from '@hither/peer'
import { expect, test } from 'vitest'
import type { Output } from '../src/terminal/output.ts'
import { verb } from '../src/verbs/invoke.ts'

/** What fn invoke notes of a call that takes these steps and then fails. */
async function notesOf(...steps: CallProgress[]): Promise<string[]> {
  const lines: string[] = []
  const out = { json: false, note: (line: string) => lines.push(line) } as unknown as Output
  const api: Pick<PeerApi, 'call'> = {
    async call(_params, { onProgress } = {}) {
      for (const step of steps) onProgress?.(step)
      throw new HitherError('no-runner', 'nobody took it')
    },
  }
  const running = verb.run({
    args: ['hello'],
    options: {},
    home: {} as Home,
    out,
    signal: new AbortController().signal,
    session: async () => api as PeerApi,
  })
  await expect(running).rejects.toMatchObject({ code: 'no-runner' })
  return lines
}

test('what a runner says again and again while a call waits is told once', async () => {
  const busy = { type: 'call:refused', peer: '12D3nearnear', code: 'busy', message: 'it is full' } as const
  const gone = { type: 'call:failed', peer: '12D3nearnear', code: 'peer-unreachable', message: 'it is gone' } as const
  const other = { ...busy, peer: '12D3farawayy' } as const
  const stops = { ...busy, code: 'draining', message: 'it shuts down' } as const
  expect(await notesOf(busy, busy, other, gone, busy, gone, stops, other, busy)).toEqual([
    '…nearnear refused: it is full (busy)',
    '…farawayy refused: it is full (busy)',
    '…nearnear failed: it is gone (peer-unreachable)',
    '…nearnear refused: it shuts down (draining)',
  ])
})
