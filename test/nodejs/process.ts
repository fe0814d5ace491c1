import process, { env, nextTick } from 'node:process'

/** Of what differs by its nature, the kinds. */
export default async (): Promise<Response> => {
  const order: unknown[] = []
  await new Promise<void>((resolve) => {
    setImmediate(() => {
      order.push('immediate')
      resolve()
    })
    nextTick((...args: number[]) => order.push(['tick', ...args]), 1, 2)
    order.push('now')
  })
  const [seconds, nanos] = process.hrtime()
  const since = process.hrtime([seconds, nanos])
  env['ADDED'] = 'yes'
  return Response.json({
    order,
    same: [globalThis.process === process, global.process === process, process.env === env],
    added: process.env['ADDED'],
    none: process.env['HITHER_TEST_NONE'] ?? null,
    kinds: [
      typeof seconds,
      since[0],
      typeof process.hrtime.bigint(),
      typeof process.uptime(),
      typeof process.cwd(),
      process.platform,
      /^v\d+\.\d+\.\d+$/.test(process.version),
      process.version === `v${process.versions.node}`,
      Array.isArray(process.argv),
      typeof process.memoryUsage().heapUsed,
      process.release.name,
      typeof process.emitWarning,
      typeof process.on,
      typeof process.stdout.write,
    ],
    env: process.env['GREETING'] ?? 'hi',
  })
}
