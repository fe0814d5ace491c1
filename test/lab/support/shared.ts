import { afterAll, beforeAll } from 'vitest'
import { distances, type Distances, type DistancesInit } from './distances.ts'

/** One network for all tests of a file: the machine spends its time on calls, not on beginnings. */
export function sharedDistances(init: Omit<DistancesInit, 'atEnd'> = {}): () => Distances {
  const ends: (() => void | Promise<void>)[] = []
  let network: Distances | undefined
  beforeAll(async () => {
    network = await distances({ ...init, atEnd: (end) => void ends.unshift(end) })
  }, 120_000)
  afterAll(async () => {
    for (const end of ends) await end()
  })
  return () => {
    if (network === undefined) throw new Error('the network did not start')
    return network
  }
}
