import { HitherError } from '@hither/core'
import { expect, test, vi } from 'vitest'
import { clean, output } from '../src/terminal/output.ts'
import { doubts } from '../src/terminal/name-words.ts'
import { ago, bytes, count, ms, table } from '../src/terminal/words.ts'

function captured(json: boolean, act: (out: ReturnType<typeof output>) => void): { stdout: string; stderr: string } {
  using stdout = vi.spyOn(console, 'log').mockReturnValue()
  using stderr = vi.spyOn(console, 'error').mockReturnValue()
  act(output(json))
  return { stdout: stdout.mock.calls.join('\n'), stderr: stderr.mock.calls.join('\n') }
}

test('other peers’ words cannot steer the terminal', () => {
  expect(clean('a\u001b[31mred\u0007\u009b2J\tb\nc')).toBe('a[31mred2J\tb\nc')
  const error = new HitherError('bad-answer', 'evil\u001b]0;title\u0007', { why: '\u001b[2J', fix: '\u009bx' })
  const { stderr } = captured(false, (out) => out.error(error))
  expect(stderr).toContain('evil]0;title')
  expect(stderr).toContain('why: [2J')
})

test('under --json, results and errors are one document on stdout, notes are silent, and bytes are base64url', () => {
  const result = captured(true, (out) => {
    out.note('never mind')
    out.result({ hash: Uint8Array.of(255, 254) }, () => 'text')
  })
  expect(result.stderr).toBe('')
  expect(JSON.parse(result.stdout)).toEqual({ hash: '__4' })
  const error = captured(true, (out) => out.error(new HitherError('no-runner', 'nobody', { fix: 'wait' })))
  expect(JSON.parse(error.stdout)).toEqual({
    error: { name: 'NoRunner', code: 'no-runner', message: 'nobody', fix: 'wait' },
  })
})

test('an error says what happened, why, and what to do', () => {
  const error = new HitherError('no-runner', 'nobody took it', { why: 'a: busy\nb: gone', fix: 'wait' })
  const { stdout, stderr } = captured(false, (out) => out.error(error))
  expect(stdout).toBe('')
  expect(stderr.split('\n').slice(1)).toEqual(['  why: a: busy', '       b: gone', '  fix: wait'])
})

test('numbers as people read them', () => {
  expect([ms(0.123), ms(99.94), ms(250.4), ms(12_345)]).toEqual(['0.1 ms', '99.9 ms', '250 ms', '12.3 s'])
  expect([bytes(5), bytes(1536), bytes(3 * 1024 ** 2)]).toEqual(['5 B', '1.5 KiB', '3.0 MiB'])
  expect([count(1, 'peer'), count(2, 'peer')]).toEqual(['1 peer', '2 peers'])
  expect(table(['A', 'B'], [['long', 'x']])).toBe('A     B\nlong  x')
})

test('ages are told in one unit', () => {
  const ages = [0, 999, 1000, 119_999, 120_000, 7_199_999, 7_200_000, 172_799_999, 172_800_000].map(ago)
  expect(ages).toEqual([
    'just now',
    'just now',
    '1 s ago',
    '119 s ago',
    '2 min ago',
    '119 min ago',
    '2 h ago',
    '47 h ago',
    '2 days ago',
  ])
})

test('only a record that nobody confirmed, or that is forked, is doubted', () => {
  const known = { sequence: 3, confirmedAgoMs: 7_200_000, unconfirmed: false, forked: false }
  expect(doubts(known)).toEqual([])
  expect(doubts({ ...known, unconfirmed: true }).join()).toMatch(/record 3 .* 2 h ago/)
  expect(doubts({ ...known, forked: true }).join()).toContain('two records 3')
})
