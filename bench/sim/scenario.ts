import { readFile } from 'node:fs/promises'
import { Shape } from '@hither/core'
import type { Event } from './schedule/events.ts'

/** What a file sets: options by their names, which those of the command line win over; a table of round trips; what happens. */
export interface Scenario {
  /** In words. */
  about: string
  /** As on the command line: `{ "peers": "2000", "liars": "idle:0.1" }`. */
  options: Record<string, string>
  /** Between cities, in ms, in place of a sphere; 0 within one. */
  rttMs?: number[][]
  events: Event[]
}

/** Throws an error with a text for the user. */
export async function readScenario(file: string): Promise<Scenario> {
  const shape = new Shape(JSON.parse(await readFile(file, 'utf8')), file, 'usage').only(
    'about',
    'options',
    'rttMs',
    'events',
  )
  const options = Object.entries(shape.has('options') ? shape.map('options') : {})
  const events = (shape.raw('events') ?? []) as unknown[]
  return {
    about: shape.string('about'),
    options: Object.fromEntries(options.map(([name, value]) => [name, String(value)])),
    ...(shape.has('rttMs') && { rttMs: readTable(shape) }),
    events: events.map((one) => readEvent(one, file)),
  }
}

function readTable(shape: Shape): number[][] {
  const table = shape.raw('rttMs')
  const isTable =
    Array.isArray(table) &&
    table.every(
      (row, i) =>
        Array.isArray(row) &&
        row.length === table.length &&
        row.every((ms, j) => typeof ms === 'number' && ms >= 0 && (i !== j || ms === 0)),
    )
  if (!isTable) throw shape.refuse('"rttMs" must be a square of times in ms, 0 from each to itself')
  return table as number[][]
}

function readEvent(value: unknown, file: string): Event {
  const shape = new Shape(value, `an event of ${file}`, 'usage')
  const atSeconds = shape.number('atSeconds', 0, 3600)
  const type = shape.oneOf('type', ['cityLeaves', 'functionGrowsHot', 'runnersTurnSlow', 'runnersLeave'])
  const share = (): number => shape.number('share', 0, 1)
  switch (type) {
    case 'cityLeaves':
      return { atSeconds, type, ...(shape.has('city') && { city: shape.integer('city', 0, 1000) }) }
    case 'runnersTurnSlow':
      return { atSeconds, type, share: share(), factor: shape.number('factor', 1, 1000) }
    default:
      return { atSeconds, type, share: share() }
  }
}
