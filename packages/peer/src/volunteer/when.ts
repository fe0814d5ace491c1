import { parseDuration } from '@hither/core'

/** When a machine may work; all of it must hold. */
export interface When {
  /** Its owner has been away for so long, in ms. */
  idleMs?: number
  /** Minutes of the day, by its own clock; past midnight where the end comes first. */
  hours?: { from: number; to: number }
  /** On these days, Sunday being 0. A night belongs to the day on which it begins. */
  days?: number[]
}

const DAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat']

/** By the machine's own clock. */
export interface Moment {
  day: number
  /** Since midnight. */
  minute: number
}

/** `always`, or any of `idle:10m`, `22:00-07:00`, `mon-fri` or `sat`, with commas between. Undefined for anything else. */
export function readWhen(text: string): When | undefined {
  const when: When = {}
  if (text === 'always') return when
  for (const part of text.toLowerCase().split(',')) {
    const [, idle] = /^idle:(\w+)$/.exec(part) ?? []
    const [, h1, m1, h2, m2] = /^(\d\d):(\d\d)-(\d\d):(\d\d)$/.exec(part) ?? []
    const days = daysOf(part)
    if (idle !== undefined && when.idleMs === undefined) {
      const idleMs = parseDuration(idle)
      if (idleMs === undefined) return undefined
      when.idleMs = idleMs
    } else if (h1 !== undefined && when.hours === undefined) {
      const hours = { from: minuteOf(h1, m1), to: minuteOf(h2, m2) }
      if (!(hours.from < 24 * 60 && hours.to <= 24 * 60) || hours.from === hours.to) return undefined
      when.hours = hours
    } else if (days !== undefined) {
      when.days = [...new Set([...(when.days ?? []), ...days])].toSorted((a, b) => a - b)
    } else {
      return undefined
    }
  }
  return when
}

export function showWhen({ idleMs, hours, days }: When): string {
  const parts = [
    ...(idleMs === undefined ? [] : [`idle:${idleMs % 60_000 === 0 ? `${idleMs / 60_000}m` : `${idleMs}ms`}`]),
    ...(hours === undefined ? [] : [`${clock(hours.from)}-${clock(hours.to)}`]),
    ...(days ?? []).map((day) => DAYS[day]),
  ]
  return parts.join(',') || 'always'
}

/** Whatever its owner does. */
export function isItsTime({ hours, days }: When, { day, minute }: Moment): boolean {
  const on = (one: number): boolean => days === undefined || days.includes(one)
  if (hours === undefined) return on(day)
  const { from, to } = hours
  if (from < to) return on(day) && minute >= from && minute < to
  return (minute >= from && on(day)) || (minute < to && on((day + 6) % 7))
}

function daysOf(part: string): number[] | undefined {
  const [first = '', last = first, ...more] = part.split('-').map((name) => DAYS.indexOf(name))
  if (more.length > 0 || Number(first) < 0 || Number(last) < 0) return undefined
  const [from, to] = [Number(first), Number(last)]
  return Array.from({ length: ((to - from + 7) % 7) + 1 }, (_, i) => (from + i) % 7)
}

/** NaN and what is later than any day end up out of bounds. */
function minuteOf(hours = '', minutes = ''): number {
  return Number(minutes) < 60 ? Number(hours) * 60 + Number(minutes) : Infinity
}

function clock(minute: number): string {
  const two = (number: number): string => String(number).padStart(2, '0')
  return `${two(Math.floor(minute / 60))}:${two(minute % 60)}`
}
