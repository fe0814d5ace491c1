import { expect, test } from 'vitest'
import { INTERIM_MAX } from '../../../src/host/outbound/limits.ts'
import { until } from '../support.ts'
import { testDesk } from './desk.ts'
import { out } from './out.ts'

test('a host name that nobody can have, and a scheme as long, fail alone', async () => {
  const { run } = await out()
  expect(
    await run(`
      const tell = (promise) => promise.catch((e) => e.name)
      const long = 'x'.repeat(6000)
      return Response.json([await tell(fetch('http://' + long + '.test/')), await tell(fetch(long + ':a')),
        await (await fetch(url)).text()])`),
  ).toEqual(['TypeError', 'TypeError', 'hello'])
})

test('a connection that the server makes into something else than HTTP ends the request', async () => {
  const { run } = await out((_, response) => {
    response.socket?.end('HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: other\r\n\r\n')
  })
  expect(await run(`return Response.json(await fetch(url).then((r) => r.status, (e) => e.name))`)).toBe('TypeError')
})

test('a server that would send responses of the kind 1xx for ever fails the fetch, and loses its connection', async () => {
  const { promise: closed, resolve } = Promise.withResolvers<unknown>()
  const { run } = await out(({ socket }) => {
    socket.on('close', resolve)
    const more = (): void => {
      while (socket.write('HTTP/1.1 103 Early Hints\r\n\r\n'));
    }
    socket.on('drain', more)
    more()
  })
  expect(await run(`return Response.json(await fetch(url).catch((e) => [e.name, e.message]))`)).toEqual([
    'TypeError',
    `fetch failed: api.test sent more than ${INTERIM_MAX} responses of the kind 1xx`,
  ])
  await closed
})

test('as many of them as may come harm nothing', async () => {
  const { run } = await out((_, response) => {
    for (let n = 0; n < INTERIM_MAX; n++) response.writeProcessing()
    response.end('hello')
  })
  expect(await run(`return fetch(url).then(async (r) => Response.json([r.status, await r.text()]))`)).toEqual([
    200,
    'hello',
  ])
})

test('where the owner lets no function out, no name server hears of what it asks for', async () => {
  const asked: string[] = []
  const on = testDesk({
    egress: ['api.test'],
    permits: { public: false, also: [] },
    resolve: (host) => {
      asked.push(host)
      return Promise.resolve(['93.184.216.34'])
    },
  })
  expect((await on.fetch('http://api.test/')).error).toContain('the owner of the runner lets no function go')
  expect(asked).toEqual([])
})

test('a look-up ends with its request', async () => {
  const { promise, resolve } = Promise.withResolvers<AbortSignal>()
  const on = testDesk({
    egress: ['api.test'],
    resolve: (_, signal) => {
      resolve(signal)
      return new Promise(() => {})
    },
  })
  void on.fetch('http://api.test/')
  const signal = await promise
  expect(signal.aborted).toBe(false)
  on.desk.stop()
  await until(() => signal.aborted)
})
