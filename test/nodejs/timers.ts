import timers, { clearTimeout as clear, setTimeout as start } from 'node:timers'
import { scheduler, setImmediate as immediate, setInterval as every, setTimeout as pause } from 'node:timers/promises'
import { promisify } from 'node:util'
import { failure } from './attempt.ts'

/** As packages do it where they load. */
const sweep = setInterval(() => {}, 60_000).unref()

export default async (): Promise<Response> => {
  const seen: unknown[] = []
  const never = start(() => seen.push('never'), 5)
  clear(never)
  clearTimeout(Number(setTimeout(() => seen.push('by number'), 5)))
  globalThis.clearTimeout(setTimeout(() => seen.push('by the platform'), 5))
  const timer = start((a: string) => seen.push(a), 1, 'arg')
  const shown = [timer.hasRef(), timer.unref().hasRef(), timer.ref() === timer, typeof timer[Symbol.toPrimitive]()]
  const refreshed = timer.refresh() === timer
  await pause(20)
  const immediates = await new Promise((resolve) => setImmediate((...args: number[]) => resolve(args), 1, 2))
  const abort = new AbortController()
  setTimeout(() => abort.abort(new Error('why')), 1)
  const number = Number(sweep)
  clearInterval(sweep)
  const ticks: number[] = []
  for await (const tick of every(1, 7)) {
    ticks.push(tick)
    if (ticks.length === 3) break
  }
  return Response.json({
    seen,
    shown,
    refreshed,
    immediates,
    values: [await pause(1, 'value'), await immediate('now'), (await scheduler.wait(1)) ?? null],
    aborted: await pause(1000, null, { signal: abort.signal }).catch(failure),
    already: await pause(1, null, { signal: AbortSignal.abort() }).catch((thrown: Error) => thrown.name),
    ticks,
    swept: [sweep.hasRef(), number > 0, Number(sweep) === number],
    promised: [await promisify(setTimeout)(1, 'slept'), await promisify(setImmediate)('at once')],
    same: [
      timers.setTimeout === start,
      setTimeout === start,
      promisify(start) === pause,
      promisify(timers.setImmediate) === immediate,
    ],
  })
}
