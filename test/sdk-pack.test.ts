import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, onTestFinished, test } from 'vitest'
import { testNetwork } from './support/network.ts'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const GREET = fileURLToPath(new URL('handlers/greet.ts', import.meta.url))

/** What an app gets when it installs `hither`; nothing else of this repository. */
const PACKAGES = ['core', 'store', 'net', 'router', 'peer', 'sdk']

/** Of the packages that it must not get, these build or run functions. */
const UNWANTED = ['isolated-vm', 'esbuild', '@hither/sandbox', '@hither/bundle', '@hither/cli']

/** An install of a hundred small packages, from a registry that may be slow. */
const INSTALL_MS = 4 * 60_000

const run = promisify(execFile)

/** Settings that npm gave this process are for this repository; those of the user, such as which registry, stay. */
const env = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !/^npm_(?!config_(registry|cache|userconfig)$)/i.test(name)),
)

/** Node 26 comes with the repository; npm runs with the first node on the path. */
async function npm(args: string[], cwd: string): Promise<string> {
  const path = `${dirname(process.execPath)}:${process.env['PATH'] ?? ''}`
  const { stdout } = await run('npm', args, { cwd, env: { ...env, PATH: path }, timeout: INSTALL_MS })
  return stdout
}

/** Packs what apps get, and installs it in a folder that knows nothing of this repository. */
async function installed(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'hither-pack-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  const app = join(folder, 'app')
  await mkdir(app)
  await run(process.execPath, ['node_modules/typescript/bin/tsc', '-b', 'packages/sdk'], { cwd: ROOT })
  const chosen = PACKAGES.flatMap((name) => ['--workspace', `packages/${name}`])
  await npm(['pack', '--ignore-scripts', '--pack-destination', folder, ...chosen], ROOT)
  const tarballs = (await readdir(folder)).filter((name) => name.endsWith('.tgz'))
  expect(tarballs).toHaveLength(PACKAGES.length)
  await writeFile(join(app, 'package.json'), JSON.stringify({ name: 'app', private: true, type: 'module' }))
  const quiet = ['--no-audit', '--no-fund', '--no-package-lock', '--omit=optional', '--prefer-offline']
  await npm(['install', ...quiet, ...tarballs.map((name) => join(folder, name))], app)
  return app
}

/** Every package below a node_modules, also those that belong to one package alone. */
async function packagesIn(app: string): Promise<Set<string>> {
  const found = await readdir(join(app, 'node_modules'), { recursive: true, withFileTypes: true })
  const paths = found.filter((entry) => entry.isDirectory()).map((entry) => join(entry.parentPath, entry.name))
  return new Set(paths.flatMap((path) => /node_modules\/((?:@[^/]+\/)?[^/@]+)$/.exec(path)?.[1] ?? []))
}

/** Says what it got by all ways, as JSON, and how many modules that took. */
const SCRIPT = `
  import { registerHooks } from 'node:module'
  let files = 0
  registerHooks({ load: (url, context, next) => (files += url.startsWith('file:'), next(url, context)) })
  const { connect, HitherError } = await import('hither')
  const http = await import('hither/http')
  const [home, url, own, bootstrap, name] = process.argv.slice(2)
  await using net = await connect({ via: 'running', home })
  const response = await net.fetch('greet', '/?who=app')
  const { who } = await response.json()
  await using light = await connect({ via: 'light', home: own, bootstrap: [bootstrap], mdns: false })
  const { status } = await light.fetch(name)
  await using web = await http.connect({ url })
  const text = await (await web.fetch('greet')).text()
  const oneError = HitherError === http.HitherError
  console.log(JSON.stringify({ status: response.status, who, peer: net.info(response).peer, light: status, text, oneError, files }))
`

/** What it stands on is 800 modules, of which each takes as long as a call. The codecs that both entries share are most of these. */
const FILES_MAX = 220

test(
  'an app installs hither and calls with it, and nothing that builds or runs functions comes along',
  async () => {
    const app = await installed()
    const packages = await packagesIn(app)
    expect([...packages]).toEqual(expect.arrayContaining(['hither', '@hither/peer', 'libp2p']))
    expect(UNWANTED.filter((name) => packages.has(name))).toEqual([])

    const network = await testNetwork()
    const peer = await network.up('me', ['--volunteer'])
    await network.json('me', ['deploy', GREET])
    await writeFile(join(app, 'app.js'), SCRIPT)
    const name = `${await network.publisher('me')}/greet`
    const args = [network.home('me'), await gatewayUrl(), network.home('app'), peer.status.addresses[0] ?? '', name]
    const { stdout } = await run(process.execPath, ['app.js', ...args], { cwd: app, env })
    const { files, ...said } = JSON.parse(stdout) as { files: number }
    const { peer: runner } = peer.status
    expect(said).toEqual({ status: 201, who: 'app', peer: runner, light: 201, text: 'by HTTP', oneError: true })
    expect(files).toBeLessThan(FILES_MAX)
  },
  INSTALL_MS + 60_000,
)

/** Stands for a gateway, of which this test only needs that it answers. */
async function gatewayUrl(): Promise<string> {
  const headers = { 'hither-call': 'c', 'hither-cid': 'b', 'hither-peer': 'p' }
  const server = createServer((_, response) => response.writeHead(200, headers).end('by HTTP'))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}
