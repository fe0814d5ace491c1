/** What can be told of a machine. */
export interface Readings {
  /** Since its owner last touched it, in ms. */
  idleMs: number
  onBattery: boolean
  /** How much of all cores others than this peer use, from 0 to 1. */
  othersLoad: number
  freeMemoryBytes: number
  freeDiskBytes: number
  metered: boolean
}

export type Told = keyof Readings

/** One way to find out one thing. */
export interface Detector<T extends Told = Told> {
  name: string
  tells: T
  /** Where it has that from. */
  by: string
  /** Asking costs more than a late answer: it is looked at seldom, also while calls run. */
  seldom?: true
  /** Others that tell the same see more of it. */
  partial?: true
  /** Undefined: not yet. Rejects where it cannot be told here, with why. It may hang. */
  read(): Promise<Readings[T] | undefined>
}

export type AnyDetector = { [T in Told]: Detector<T> }[Told]
