import { AsyncLocalStorage, AsyncResource } from 'node:async_hooks'
import { EventEmitter } from 'node:events'
import process from 'node:process'

const storage = new AsyncLocalStorage<number>()
const other = new AsyncLocalStorage<string>({ defaultValue: 'default', name: 'other' })
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

async function walk(): Promise<unknown[]> {
  const seen: unknown[] = [storage.getStore()]
  await Promise.resolve()
  seen.push(storage.getStore())
  await pause(1)
  seen.push(storage.getStore())
  for await (const n of counts()) seen.push([n, storage.getStore()])
  await Promise.all([
    pause(1).then(() => seen.push(storage.getStore())),
    new Promise((resolve) => setImmediate(resolve)),
  ])
  seen.push(storage.getStore())
  try {
    await Promise.reject(new Error('x'))
  } catch {
    // Only what is there afterwards matters.
    seen.push(storage.getStore())
  }
  return seen
}

async function* counts(): AsyncGenerator<number> {
  yield storage.getStore() ?? -1
  await pause(1)
  yield storage.getStore() ?? -1
}

function later(): Promise<unknown[]> {
  return new Promise((resolve) => {
    const seen: unknown[] = []
    queueMicrotask(() => seen.push(['microtask', storage.getStore()]))
    process.nextTick(() => seen.push(['tick', storage.getStore()]))
    setImmediate(() => seen.push(['immediate', storage.getStore()]))
    const timer = setInterval(() => {
      seen.push(['interval', storage.getStore()])
      clearInterval(timer)
      resolve(seen.map(String).toSorted())
    }, 10)
  })
}

export default async (): Promise<Response> => {
  const emitter = new EventEmitter()
  const heard: unknown[] = []
  storage.run(1, () => emitter.on('x', () => heard.push(storage.getStore())))
  storage.run(2, () => emitter.emit('x'))
  const resource = storage.run(3, () => new AsyncResource('own'))
  const bound = storage.run(4, () => AsyncResource.bind((a: number) => [a, storage.getStore()]))
  const snapshot = storage.run(5, () => AsyncLocalStorage.snapshot())
  const [first, second] = await Promise.all([storage.run(6, walk), storage.run(7, walk)])
  const entered = await (async () => {
    storage.enterWith(8)
    await pause(1)
    return storage.getStore()
  })()
  return Response.json({
    heard,
    scoped: resource.runInAsyncScope((a: number) => [a, storage.getStore()], null, 1),
    bound: bound(2),
    snapshot: snapshot(() => storage.getStore()),
    first,
    second,
    later: await storage.run(9, later),
    nested: storage.run(10, () => [
      storage.exit(() => storage.getStore() ?? null),
      storage.run(11, () => storage.getStore()),
      storage.getStore(),
    ]),
    two: storage.run(12, () => other.run('o', () => [storage.getStore(), other.getStore()])),
    other: [other.getStore(), other.name],
    entered,
    thrown: (() => {
      try {
        storage.run(13, () => {
          throw new Error('x')
        })
      } catch {
        // Leaves what was before.
      }
      return storage.getStore() === 13
    })(),
  })
}
