import { chmod, mkdir, writeFile } from 'node:fs/promises'
import { createServer, type AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import { joining, testNetwork } from './support/network.ts'

const FAULTS = fileURLToPath(new URL('handlers/faults.ts', import.meta.url))

test('handlers that go wrong fail with an error of their own, and their runner goes on', async () => {
  const net = await testNetwork()
  await net.up('me', ['--volunteer'])
  await net.json('me', ['deploy', FAULTS])
  const fault = (path: string, ...more: string[]) => net.error('me', ['invoke', 'faults', '--path', path, ...more])

  const thrown = await fault('/throw')
  expect(thrown).toMatchObject({ exitCode: 1, code: 'handler-failed' })
  expect(thrown.message).toContain('RangeError: out of ideas')
  expect(JSON.stringify(thrown)).not.toContain(net.folder)
  expect(await fault('/number')).toMatchObject({ code: 'handler-bad-response' })
  expect(['handler-failed', 'timeout']).toContain((await fault('/never', '--deadline', '2s')).code)
  expect(['limit-cpu', 'timeout']).toContain((await fault('/forever', '--deadline', '2s')).code)
  expect(['limit-memory', 'limit-cpu', 'sandbox-crashed']).toContain((await fault('/eat')).code)

  expect(await net.json('me', ['invoke', 'faults'])).toMatchObject({ status: 200, body: 'fine' })
})

test('names and CIDs that nobody knows', async () => {
  const net = await testNetwork()
  await net.up('me', ['--volunteer'])
  expect(await net.error('me', ['invoke', 'nothing'])).toMatchObject({ exitCode: 1, name: 'UnknownName' })
  expect(await net.error('me', ['invoke', 'nobody/x'])).toMatchObject({ exitCode: 1, name: 'UnknownName' })
  expect(await net.error('me', ['invoke', 'Not A Name'])).toMatchObject({ exitCode: 1, name: 'BadName' })
  const cid = 'bafyreibzgahgn4bwsswh5a6ldfccszzgoyr3ap5v6d6c6o3pxdxgu3g45a'
  expect(await net.error('me', ['invoke', cid])).toMatchObject({ exitCode: 1, name: 'NoRunner' })
})

test('without any runner the error comes soon and says what to do', async () => {
  const net = await testNetwork()
  await net.json('me', ['deploy', FAULTS, '--no-mdns'])
  const error = await net.error('me', ['invoke', 'faults', '--no-mdns'])
  expect(error).toMatchObject({ exitCode: 1, name: 'NoRunner', data: { tried: [] } })
  expect(error.fix).toContain('fn up --volunteer')
})

test('a key that others can read is refused, and left as it is', async () => {
  const net = await testNetwork()
  const before = await net.publisher('me')
  const key = `${net.home('me')}/config/publisher.key`
  await chmod(key, 0o644)
  const error = await net.error('me', ['id'])
  expect(error).toMatchObject({ exitCode: 1, name: 'BadKey' })
  expect(error.fix).toContain(`chmod 600 ${key}`)
  await chmod(key, 0o600)
  expect(await net.publisher('me')).toBe(before)
  await writeFile(key, 'hither-ed25519 rubbish\n')
  expect(await net.error('me', ['id'])).toMatchObject({ exitCode: 1, name: 'BadKey' })
})

test('a configuration that cannot be read names the file and the fault', async () => {
  const net = await testNetwork()
  await mkdir(`${net.home('me')}/config`, { recursive: true })
  const file = `${net.home('me')}/config/config.json`
  for (const [text, fault] of [
    ['{ "port": ', 'JSON'],
    ['{ "port": "x" }', '"port"'],
    ['{ "prot": 1 }', '"prot"'],
  ] as const) {
    await writeFile(file, text)
    const error = await net.error('me', ['peers', '--no-mdns'])
    expect(error).toMatchObject({ exitCode: 1, name: 'BadConfig' })
    expect(`${error.message} ${error.why}`).toContain(fault)
    expect(error.message).toContain(file)
  }
})

test('a port in use, and a home in use', async () => {
  const net = await testNetwork()
  const squatter = createServer().listen(0, '127.0.0.1')
  onTestFinished(() => void squatter.close())
  await new Promise((resolve) => squatter.once('listening', resolve))
  const { port } = squatter.address() as AddressInfo
  const taken = await net.error('me', ['up', '--host', '127.0.0.1', '--port', String(port), '--no-mdns'])
  expect(taken).toMatchObject({ exitCode: 1, name: 'PortInUse' })
  expect(taken.fix).toContain('another port')

  await net.up('me')
  const second = await net.error('me', ['up', '--host', '127.0.0.1', '--port', '0', '--no-mdns'])
  expect(second).toMatchObject({ exitCode: 1, name: 'AlreadyRunning' })
  expect(await net.json('me', ['status'])).toMatchObject({ peers: 0 })
})

test('commands that make no sense exit with 2 and say what would', async () => {
  const net = await testNetwork()
  for (const args of [
    ['fly'],
    ['deploy', '--wings'],
    ['invoke'],
    ['alias', 'add', 'x'],
    ['invoke', 'x', '--deadline', '5'],
  ]) {
    expect(await net.error('me', args)).toMatchObject({ exitCode: 2, name: 'Usage' })
  }
})

test('a bootstrap address that leads nowhere costs nothing but a wait; one that is none is told at once', async () => {
  const net = await testNetwork()
  const dev = await net.publisher('dev')
  const peer = await net.up('runner', ['--volunteer', '--trust', dev])
  const dead = ['--bootstrap', '/ip4/127.0.0.1/tcp/1']
  await net.json('dev', ['deploy', FAULTS, ...joining(peer), ...dead])
  expect(await net.json('dev', ['invoke', 'faults', ...joining(peer), ...dead])).toMatchObject({ status: 200 })
  for (const bad of ['garbage', '192.168.1.7:4248', '/ip4/127.0.0.1']) {
    expect(await net.error('dev', ['peers', '--bootstrap', bad])).toMatchObject({ exitCode: 2, name: 'Usage' })
  }
})

test('a request that is none harms nobody', async () => {
  const net = await testNetwork()
  await net.up('me', ['--volunteer'])
  await net.json('me', ['deploy', FAULTS])
  for (const bad of [
    ['-H', 'bad name: x'],
    ['-X', 'G T'],
    ['-X', 'TRACE'],
    ['--path', 'no-slash'],
  ]) {
    expect(await net.error('me', ['invoke', 'faults', ...bad])).toMatchObject({ exitCode: 2, name: 'Usage' })
  }
  expect(await net.json('me', ['invoke', 'faults'])).toMatchObject({ status: 200 })
})

test('a body over the function’s limit is refused, whether its length is known or not', async () => {
  const net = await testNetwork()
  await net.up('me', ['--volunteer'])
  await mkdir(`${net.folder}/small`)
  await writeFile(`${net.folder}/small/fn.json`, JSON.stringify({ limits: { bodyBytes: 1_000_000 } }))
  await writeFile(
    `${net.folder}/small/index.js`,
    'export default async (request) => new Response(String((await request.arrayBuffer()).byteLength))',
  )
  await net.json('me', ['deploy', `${net.folder}/small`])
  await writeFile(`${net.folder}/big`, new Uint8Array(2_000_000))
  const streamed = await net.error('me', ['invoke', 'small', '--data', '-'], { stdin: new Uint8Array(2_000_000) })
  expect(streamed).toMatchObject({ exitCode: 1, name: 'TooLarge' })
  expect(await net.error('me', ['invoke', 'small', '--data', `@${net.folder}/big`])).toMatchObject({ name: 'TooLarge' })
  const { stdout } = await net.fn('me', ['invoke', 'small', '--data', '-'], { stdin: new Uint8Array(900_000) })
  expect(stdout).toBe('900000')
})

test('a home that cannot be made', async () => {
  const net = await testNetwork()
  await writeFile(net.home('me'), 'a file')
  expect(await net.error('me', ['id'])).toMatchObject({ exitCode: 1, name: 'BadConfig' })
})
