import { DOMException } from './dom-exception.ts'

export interface QuotaOptions {
  /** How much there may be. */
  quota?: number
  /** How much was asked for. */
  requested?: number
}

/** More was asked for than there may be. Which of the two numbers are told is up to whoever refuses. */
export class QuotaExceededError extends DOMException {
  readonly #quota: number | null
  readonly #requested: number | null

  constructor(message: unknown = '', options: QuotaOptions | null = {}) {
    super(message, 'QuotaExceededError')
    this.#quota = amount('quota', options?.quota)
    this.#requested = amount('requested', options?.requested)
    if (this.#quota !== null && this.#requested !== null && this.#requested < this.#quota) {
      throw new RangeError("Failed to construct 'QuotaExceededError': less was requested than the quota is")
    }
  }

  get quota(): number | null {
    return this.#quota
  }

  get requested(): number | null {
    return this.#requested
  }
}

function amount(what: string, given: unknown): number | null {
  if (given === undefined) return null
  const number = Number(given)
  if (!Number.isFinite(number)) throw new TypeError(`Failed to construct 'QuotaExceededError': ${what} is not finite`)
  if (number < 0) throw new RangeError(`Failed to construct 'QuotaExceededError': ${what} is below zero`)
  return number
}
