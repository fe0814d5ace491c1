/**
 * The oldest Node.js of each line whose V8 we trust to hold strangers, the newest line first: what each had come to when this version
 * came out. Flaws that were mended since then are known to everyone, and how they were mended shows how to use them. A line that is left
 * out is older than what hither runs on, or not mended any more; one that comes after all of these is newer than their flaws.
 */
const FLOORS = [
  [26, 10, 0],
  [24, 21, 0],
] as const

const [NEWEST] = FLOORS

/** What to update to. */
export const NODE_FLOOR: string = NEWEST.join('.')

/** The line of a version such as `v24.21.0`: 24. */
export function lineOf(version: string): number {
  return numbersOf(version)[0]
}

/** Whether a version is not below the floor of its line. */
export function isAtFloor(version: string): boolean {
  const [line, minor, patch] = numbersOf(version)
  if (line > NEWEST[0]) return true
  const floor = FLOORS.find(([of]) => of === line)
  if (floor === undefined) return false
  const [, leastMinor, leastPatch] = floor
  return minor === leastMinor ? patch >= leastPatch : minor > leastMinor
}

function numbersOf(version: string): [line: number, minor: number, patch: number] {
  const [line = 0, minor = 0, patch = 0] = version.replace(/^v/, '').split('.').map(Number)
  return [line, minor, patch]
}
