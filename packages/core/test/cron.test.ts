import { expect, test } from 'vitest'
import { cronText, decodeScheduled, encodeScheduled, isDue } from '@hither/core'

const at = (text: string): number => Date.parse(`${text}Z`)

test.each([
  ['* * * * *', '2026-11-27T07:53:59', true],
  ['53 7 * * *', '2026-11-27T07:53:00', true],
  ['53 7 * * *', '2026-11-27T08:53:00', false],
  ['*/15 * * * *', '2026-11-27T07:45:00', true],
  ['*/15 * * * *', '2026-11-27T07:50:00', false],
  ['5/20 * * * *', '2026-11-27T07:45:00', true],
  ['0-10/5,30 * * * *', '2026-11-27T07:30:00', true],
  ['0-10/5,30 * * * *', '2026-11-27T07:09:00', false],
  ['0 0 1 jan *', '2027-01-01T00:00:00', true],
  ['0 0 * * FRI', '2026-11-27T00:00:00', true],
  ['0 0 * * mon-thu', '2026-11-27T00:00:00', false],
  ['0 0 * * 7', '2026-11-29T00:00:00', true],
  ['0 0 * * 0', '2026-11-29T00:00:00', true],
  // Either kind of day will do where both are restricted.
  ['0 0 13 * 5', '2026-11-27T00:00:00', true],
  ['0 0 13 * 5', '2026-12-13T00:00:00', true],
  ['0 0 13 * 5', '2026-12-14T00:00:00', false],
  ['nonsense', '2026-11-27T00:00:00', false],
])('%s means %s: %s', (cron, time, due) => expect(isDue(cron, at(time))).toBe(due))

test.each([
  ['  */5  *  * * MON ', '*/5 * * * mon'],
  ['0 4 1-7 * *', '0 4 1-7 * *'],
])('"%s" is written %s', (text, cron) => expect(cronText(text)).toBe(cron))

test.each([
  '',
  '* * * *',
  '* * * * * *',
  '60 * * * *',
  '* 24 * * *',
  '* * 0 * *',
  '* * * 13 *',
  '* * * * 8',
  '5-1 * * * *',
  '*/0 * * * *',
  '*-5 * * * *',
  '1,, * * * *',
  'a * * * *',
  '-1 * * * *',
])('"%s" is no cron', (text) => expect(cronText(text)).toBeUndefined())

test('an event survives its header', () => {
  for (const event of [
    { cron: '*/5 * * * *', scheduledTime: 1_764_230_000_000 },
    { cron: '', scheduledTime: 0 },
  ])
    expect(decodeScheduled(encodeScheduled(event))).toEqual(event)
  expect(encodeScheduled({ cron: 'a\nb', scheduledTime: 1 })).not.toContain('\n')
  for (const text of ['', 'x', '-1', '1e3', '1 %']) expect(decodeScheduled(text)).toBeUndefined()
})
