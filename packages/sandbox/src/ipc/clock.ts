/** Ms on the machine's monotonic clock, which all its processes share; `performance.now` counts from each one's own start. */
export function sharedNow(): number {
  const [seconds, nanoseconds] = process.hrtime()
  return seconds * 1000 + nanoseconds / 1e6
}
