/** Times as cron has them: minute, hour, day of the month, month and day of the week, in UTC. */

interface Field {
  min: number
  max: number
  /** The first of them means `min`. */
  names: readonly string[]
}

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']
const DAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat']

const FIELDS: readonly Field[] = [
  { min: 0, max: 59, names: [] },
  { min: 0, max: 23, names: [] },
  { min: 1, max: 31, names: [] },
  { min: 1, max: 12, names: MONTHS },
  // 7 is Sunday as well.
  { min: 0, max: 7, names: DAYS },
]

/** In one spelling; undefined for what is none. */
export function cronText(text: string): string | undefined {
  const parts = text.trim().toLowerCase().split(/\s+/)
  return setsOf(parts) === undefined ? undefined : parts.join(' ')
}

/** Whether a cron means the minute that this moment, in ms since 1970, is in. False for what is no cron. */
export function isDue(cron: string, ms: number): boolean {
  const parts = cron.trim().toLowerCase().split(/\s+/)
  const sets = setsOf(parts)
  if (sets === undefined) return false
  const at = new Date(ms)
  const values = [at.getUTCMinutes(), at.getUTCHours(), at.getUTCDate(), at.getUTCMonth() + 1, at.getUTCDay()]
  const [minute, hour, date, month, day] = sets.map((set, field) => set.has(values[field] ?? -1))
  // Where both kinds of day are restricted, either will do, as cron has it.
  const either = parts[2] !== '*' && parts[4] !== '*'
  const today = either ? date === true || day === true : date === true && day === true
  return minute === true && hour === true && month === true && today
}

function setsOf(parts: readonly string[]): Set<number>[] | undefined {
  if (parts.length !== FIELDS.length) return undefined
  const sets = FIELDS.map((field, at) => setOf(parts[at] ?? '', field))
  return sets.every((set) => set !== undefined) ? sets : undefined
}

function setOf(part: string, field: Field): Set<number> | undefined {
  const set = new Set<number>()
  for (const range of part.split(',')) {
    const [, from, to, step] = /^(\*|\w+)(?:-(\w+))?(?:\/(\d{1,2}))?$/.exec(range) ?? []
    const first = from === '*' ? field.min : numberOf(from, field)
    // `5/10` goes on to the end, `5` is alone.
    const alone = to === undefined && from !== '*' && step === undefined
    const last = to === undefined ? (alone ? first : field.max) : numberOf(to, field)
    const by = step === undefined ? 1 : Number(step)
    if (first === undefined || last === undefined || first > last || by < 1 || (from === '*' && to !== undefined))
      return undefined
    for (let value = first; value <= last; value += by) set.add(field.names === DAYS ? value % 7 : value)
  }
  return set
}

function numberOf(text: string | undefined, { min, max, names }: Field): number | undefined {
  const named = names.indexOf(text ?? '')
  const value = named >= 0 ? named + min : /^\d{1,2}$/.test(text ?? '') ? Number(text) : Number.NaN
  return value >= min && value <= max ? value : undefined
}
