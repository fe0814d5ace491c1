import { fileURLToPath } from 'node:url'
import type { CompleteCall, Deployed } from '@hither/peer'
import { expect, test } from 'vitest'
import { joining, testNetwork } from './support/network.ts'

const GREET = fileURLToPath(new URL('handlers/greet.ts', import.meta.url))
const MARKDOWN = fileURLToPath(new URL('../examples/markdown', import.meta.url))

type Answer = Omit<CompleteCall, 'body'> & { body: string }

test('what one machine deploys, another runs for a third, after the first has left', async () => {
  const net = await testNetwork()
  const dev = await net.publisher('dev')
  const a = await net.up('a', ['--volunteer', '--trust', dev])
  const b = await net.up('b', ['--volunteer', '--trust', dev, ...joining(a)])
  const runners = [a.status.peer, b.status.peer]

  const deployed = await net.json<Deployed>('dev', ['deploy', GREET, ...joining(a, b)])
  expect(deployed.name).toBe(`${dev}/greet`)
  expect(deployed.keptBy.toSorted()).toEqual(runners.toSorted())

  await net.json('caller', ['alias', 'add', 'dev', dev])
  const args = ['dev/greet', '--path', '/a/b?who=ann', '-H', 'x-test: 1', '--data', 'hello']
  const answer = await net.json<Answer>('caller', ['invoke', ...args, ...joining(a, b)])
  expect(JSON.parse(answer.body)).toEqual({ method: 'POST', path: '/a/b', who: 'ann', header: '1', body: 'hello' })
  expect(answer).toMatchObject({ status: 201, cid: deployed.cid, name: deployed.name, cold: true })
  expect(answer.headers).toContainEqual(['x-answer', 'yes'])
  expect(runners).toContain(answer.peer)
  expect(answer.attempts).toMatchObject([{ peer: answer.peer, outcome: 'answered' }])

  const byCid = await net.json<Answer>('caller', ['invoke', deployed.cid, ...joining(a, b)])
  expect(byCid.status).toBe(201)
})

test('the phases of a call add up to its whole', async () => {
  const net = await testNetwork()
  const dev = await net.publisher('dev')
  const runner = await net.up('runner', ['--volunteer', '--trust', dev])
  await net.json('dev', ['deploy', MARKDOWN, ...joining(runner)])
  const { phases, body } = await net.json<Answer>('dev', ['invoke', 'markdown', '--data', '*hi*', ...joining(runner)])
  expect(body).toContain('<em>hi</em>')
  const { totalMs, ...parts } = phases
  const sum = Object.values(parts).reduce((a, b) => a + b, 0)
  expect(sum / totalMs).toBeCloseTo(1, 1)
})

test('deploying the same again moves nothing; deploying another moves the name, with its history', async () => {
  const net = await testNetwork()
  const peer = await net.up('me', ['--volunteer'])
  const first = await net.json<Deployed>('me', ['deploy', GREET, '--name', 'x'])
  const again = await net.json<Deployed>('me', ['deploy', GREET, '--name', 'x'])
  const other = await net.json<Deployed>('me', ['deploy', MARKDOWN, '--name', 'x', '-m', 'now markdown'])
  expect(first).toMatchObject({ sequence: 1, moved: true })
  expect(again).toMatchObject({ sequence: 1, moved: false, cid: first.cid })
  expect(other).toMatchObject({ sequence: 2, moved: true })
  const list = await net.json<object[]>('me', ['list'])
  expect(list).toMatchObject([{ name: 'x', own: true, sequence: 2, cid: other.cid, message: 'now markdown' }])

  const answer = await net.json<Answer>('me', ['invoke', 'x', '--data', '# t'])
  expect(answer.peer).toBe(peer.status.peer)
  expect(answer.body).toContain('<h1')
  const old = await net.json<Answer>('me', ['invoke', first.cid])
  expect(old.status).toBe(201)
})

test('a build that fails says where, and stores and moves nothing', async () => {
  const net = await testNetwork()
  const { writeFile, mkdir } = await import('node:fs/promises')
  await mkdir(`${net.folder}/src`)
  await writeFile(
    `${net.folder}/src/index.ts`,
    "import { x } from './other.ts'\nexport default () => new Response(x)\n",
  )
  await writeFile(`${net.folder}/src/other.ts`, "import 'no-such-package'\nexport const x = 'x'\n")
  const error = await net.error('dev', ['deploy', `${net.folder}/src/index.ts`, '--name', 'x', '--no-mdns'])
  expect(error).toMatchObject({ exitCode: 1, code: 'build-failed' })
  const text = `${error.message}\n${error.why}`
  expect(text).toContain('no-such-package')
  expect(text).toMatch(/other\.ts:1/)
  expect(text).toMatch(/index\.ts/)
  expect(await net.json('dev', ['list'])).toEqual([])
  expect(await net.json('dev', ['status'])).toMatchObject({ store: { count: 0 } })
})
