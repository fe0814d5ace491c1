/** Has something ended, or removed, when what is being measured is over: what came last first. */
export type AtEnd = (end: () => void | Promise<void>) => void

export interface Ends {
  atEnd: AtEnd
  /** Ends all of it, also where one of them fails; then throws the first failure. */
  end: () => Promise<void>
}

export function ends(): Ends {
  const all: (() => void | Promise<void>)[] = []
  return {
    atEnd: (end) => void all.push(end),
    async end() {
      const failures: unknown[] = []
      for (let one = all.pop(); one !== undefined; one = all.pop()) {
        try {
          await one()
        } catch (thrown) {
          failures.push(thrown)
        }
      }
      if (failures.length > 0) throw failures[0]
    },
  }
}
