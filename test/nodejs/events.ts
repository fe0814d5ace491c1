import EventEmitter, { errorMonitor, getEventListeners, on, once } from 'node:events'
import { attempt, failure } from './attempt.ts'

class Own extends EventEmitter {
  readonly own = true
}

function Old(this: object): void {
  Reflect.apply(EventEmitter as never, this, [])
}
Object.setPrototypeOf(Old.prototype, EventEmitter.prototype)

/** What an iterator of events gives that nobody has asked for one yet, and that is ended while somebody waits. */
async function iterated(emitter: EventEmitter): Promise<unknown> {
  const early = on(emitter, 'early')
  const heard = emitter.listenerCount('early')
  emitter.emit('early', 1)
  emitter.emit('early', 2)
  const steps: unknown[] = [await early.next(), await early.next()]
  const waiting = [early.next(), early.next()]
  emitter.emit('early', 3)
  steps.push(...(await Promise.all([early.return?.(), ...waiting, early.next()])))
  const abort = new AbortController()
  const aborted = on(emitter, 'early', { signal: abort.signal })
  const next = aborted.next().catch(failure)
  abort.abort()
  const failed = on(emitter, 'early')
  emitter.emit('early', 4)
  emitter.emit('error', new Error('after it'))
  const thrown = on(emitter, 'early')
  void thrown.throw?.(new RangeError('own'))
  return [
    heard,
    steps,
    [await next, await aborted.next()],
    [await failed.next(), await failed.next().catch(failure), await failed.next()],
    [await thrown.next().catch(failure), await thrown.next()],
    attempt(() => on(emitter, 'early', { signal: abort.signal })),
    emitter.listenerCount('early'),
    emitter.listenerCount('error'),
  ]
}

export default async (): Promise<Response> => {
  const seen: unknown[] = []
  const emitter = new Own()
  const log = (...args: unknown[]): void => void seen.push(args)
  emitter.on('newListener', (name) => seen.push(['new', name]))
  emitter
    .on('a', log)
    .once('a', log)
    .prependListener('a', () => seen.push('first'))
  const results: unknown[] = [emitter.emit('a', 1, 2), emitter.emit('a', 3), emitter.emit('none')]
  results.push(
    emitter.listenerCount('a'),
    emitter.eventNames(),
    emitter.rawListeners('a').length,
    emitter.getMaxListeners(),
  )
  results.push(emitter.off('a', log).listenerCount('a'), EventEmitter.listenerCount(emitter, 'a'))
  results.push(
    getEventListeners(emitter, 'a').length,
    EventEmitter.defaultMaxListeners,
    EventEmitter.EventEmitter === EventEmitter,
  )

  const old = new (Old as unknown as new () => EventEmitter)()
  old.on('x', log)
  results.push(old.emit('x', 'old'), old instanceof EventEmitter)

  emitter.on(errorMonitor, (error: Error) => seen.push(['monitor', error.message]))
  results.push(
    attempt(() => emitter.emit('error', new TypeError('t'))),
    attempt(() => emitter.emit('error', 'text')),
  )

  setTimeout(() => emitter.emit('later', 1, 2), 1)
  results.push(await once(emitter, 'later'))
  setTimeout(() => emitter.emit('error', new Error('broke')), 1)
  results.push(await once(emitter, 'never').catch(failure))
  const abort = new AbortController()
  setTimeout(() => abort.abort(), 1)
  results.push(await once(emitter, 'never', { signal: abort.signal }).catch(failure))
  const target = new EventTarget()
  setTimeout(() => target.dispatchEvent(new Event('ping')), 1)
  results.push(((await once(target, 'ping')) as Event[]).map(({ type }) => type))

  setTimeout(() => [1, 2, 3].map((n) => emitter.emit('n', n)), 1)
  for await (const [n] of on(emitter, 'n')) {
    results.push(n)
    if (n === 3) break
  }
  results.push(emitter.listenerCount('n'))
  results.push(await iterated(emitter))
  return Response.json({ results, seen })
}
