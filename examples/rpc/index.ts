/**
 * Functions that are called by name. Arguments and results are cloned as by `structuredClone`, so a Map stays a Map and a
 * Date a Date; what is thrown arrives as an error of the same name. A caller gets the types from this file:
 *
 *     const shop = net.functions<typeof import('./index.ts')>('rpc')
 *     const { cents } = await shop.quote(new Map([['tea', 2]]), new Date())
 */

export interface Line {
  item: string
  count: number
  cents: number
}

export interface Quote {
  lines: Line[]
  cents: number
  /** The prices hold until then. */
  until: Date
}

/** How long a quote holds: a day, in ms. */
const HOLDS_MS = 24 * 60 * 60 * 1000

/** In cents, by item. */
const PRICES: ReadonlyMap<string, number> = new Map([
  ['bread', 320],
  ['honey', 780],
  ['tea', 450],
])

/** Not exported: what is exported by name is a function to be called. Callers look at `error.name`. */
class UnknownItem extends Error {
  override name = 'UnknownItem'
}

/** Every price, in cents. */
export function prices(): Map<string, number> {
  return new Map(PRICES)
}

/** What a basket of items and their counts costs if it is bought after `at`. Throws UnknownItem and RangeError. */
export function quote(basket: Map<string, number>, at: Date): Quote {
  const lines = [...basket].map(([item, count]) => line(item, count))
  const cents = lines.reduce((sum, { cents: each }) => sum + each, 0)
  return { lines, cents, until: new Date(at.getTime() + HOLDS_MS) }
}

function line(item: string, count: number): Line {
  const price = PRICES.get(item)
  if (price === undefined) throw new UnknownItem(`there is no ${item}`)
  if (!Number.isInteger(count) || count < 1) throw new RangeError(`${count} is no count of ${item}`)
  return { item, count, cents: price * count }
}
