/**
 * The oldest Node.js whose V8 we trust to hold strangers: what it was tested with when this version came out. Flaws that were
 * mended since then are known to everyone, and how they were mended shows how to use them.
 */
export const NODE_FLOOR = '24.21.0'

/** Whether a version such as `v24.21.0` is not below the floor. */
export function isAtFloor(version: string): boolean {
  const [is, floor] = [version.replace(/^v/, ''), NODE_FLOOR].map((text) => text.split('.').map(Number))
  for (const [at, least] of (floor ?? []).entries()) {
    const part = is?.[at] ?? 0
    if (part !== least) return part > least
  }
  return true
}
