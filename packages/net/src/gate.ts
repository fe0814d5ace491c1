/** Lets a bounded number in at once; the others wait in line. */
export interface Gate {
  /** Resolves when there is room, with how to leave; rejects with the signal's reason. */
  enter(signal: AbortSignal): Promise<() => void>
}

export function gate(max: number): Gate {
  const line = new Set<() => void>()
  let inside = 0

  const leave = (): void => {
    inside--
    const [next] = line
    next?.()
  }
  return {
    enter(signal) {
      return new Promise((resolve, reject) => {
        if (signal.aborted) return reject(signal.reason)
        const goIn = (): void => {
          line.delete(goIn)
          signal.removeEventListener('abort', giveUp)
          inside++
          resolve(leave)
        }
        const giveUp = (): void => {
          line.delete(goIn)
          reject(signal.reason)
        }
        if (inside < max) return goIn()
        line.add(goIn)
        signal.addEventListener('abort', giveUp, { once: true })
      })
    },
  }
}
