/** Bytes that many may hold together. */
export interface Budget {
  /** False where there are not so many left: then none are taken. */
  take(bytes: number): boolean
  giveBack(bytes: number): void
}

export function budget(maxBytes: number): Budget {
  let left = maxBytes
  return {
    take(bytes) {
      if (bytes > left) return false
      left -= bytes
      return true
    },
    giveBack(bytes) {
      left += bytes
    },
  }
}
