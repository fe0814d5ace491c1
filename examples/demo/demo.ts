import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { connectControl, homePaths, type CompleteCall, type Deployed } from '@hither/peer'
import { delayProxy, type DelayProxy } from './delay-proxy.ts'
import { fnJson, up, type RunningPeer } from './fn.ts'

/**
 * hither's main job on one machine: three runners at different distances, a deploy, a call from a fourth peer, and what happens
 * when the runner that answered dies. Exits with 0 only if every step held.
 */

/** Round trips that the proxies add, in ms: the next room, the same city, another country. */
const DISTANCES = [2, 20, 60]

/** A link is measured some times while it is new, and four times a minute while nothing uses it. */
const MEASURED_MAX_MS = 20_000

const HANDLER = fileURLToPath(new URL('../markdown', import.meta.url))
const MARKDOWN = '# Near\n\nRun me where *you* are.'

type Answer = Omit<CompleteCall, 'body'> & { body: string }

const folder = await mkdtemp(join(tmpdir(), 'hither-demo-'))
const stops: (() => Promise<unknown>)[] = [() => rm(folder, { recursive: true })]
const home = (name: string): string => join(folder, name)

try {
  await main()
  say('Every step held.')
} catch (error) {
  console.error('\nThe demo failed:', error)
  process.exitCode = 1
} finally {
  for (const stop of stops.toReversed()) await stop()
}

async function main(): Promise<void> {
  say(`Three runners, each a process of its own. All of it stays on this machine: instead of a network there is a proxy
before each runner that delays every byte, ${DISTANCES.join(', ')} ms there and back. mDNS is off.`)
  const { publisher } = await fnJson<{ publisher: string }>(['id'], { home: home('developer') })
  const runners = await Promise.all(DISTANCES.map((ms) => startRunner(ms, publisher)))
  for (const { ms, peer } of runners) tell(`${ms} ms`, `peer ${peer.status.peer}, pid ${peer.pid}`)
  const bootstrap = runners.flatMap(({ address }) => ['--bootstrap', address])

  say('The developer deploys a Hono app that renders Markdown with an npm library, and leaves.')
  const deployed = await fnJson<Deployed>(['deploy', HANDLER, '--no-mdns', ...bootstrap], { home: home('developer') })
  tell('name', deployed.name)
  tell('cid', deployed.cid)
  tell(
    'bundle',
    `${deployed.bundleBytes} bytes, held by ${deployed.keptBy.length} peers after ${deployed.ms.toFixed(0)} ms`,
  )
  assert.ok(deployed.keptBy.length >= 2, 'at least two other peers hold the function')

  say('A fourth peer, which runs nothing itself, calls it under a name of its own for the developer.')
  const caller = await up(['--host', '127.0.0.1', '--port', '0', '--no-mdns', ...bootstrap], { home: home('caller') })
  stops.push(() => caller.end())
  await fnJson(['alias', 'add', 'dev', publisher], { home: home('caller') })
  await measured(runners)
  const first = await call()
  show(first, runners)
  assertNearest(first, runners)

  say('Once more: the function is warm there now.')
  const warm = await call()
  show(warm, runners)
  assert.ok(!warm.cold || warm.peer !== first.peer, 'the second call found it warm')

  const nearest = runners.find(({ peer }) => peer.status.peer === warm.peer)
  assert.ok(nearest)
  say(`Now that runner is killed (SIGKILL to pid ${nearest.peer.pid}). The next call:`)
  await nearest.peer.end('SIGKILL')
  const left = runners.filter((runner) => runner !== nearest)
  await measured(left)
  const after = await call()
  show(after, runners)
  assertNearest(after, left)
}

async function startRunner(ms: number, publisher: string): Promise<Runner> {
  const proxy = await delayProxy(ms)
  stops.push(() => proxy.close())
  const address = `/ip4/127.0.0.1/tcp/${proxy.port}`
  const peer = await up(
    ['--volunteer', '--trust', publisher, '--host', '127.0.0.1', '--port', '0', '--announce', address, '--no-mdns'],
    { home: home(`runner-${ms}`) },
  )
  stops.push(() => peer.end('SIGKILL'))
  proxy.target(peer.port)
  return { ms, proxy, peer, address }
}

interface Runner {
  ms: number
  proxy: DelayProxy
  peer: RunningPeer
  address: string
}

/**
 * Waits until the caller's peer has measured who of these is how near, the nearest first. On a machine that is still busy with the starts of all these processes a
 * first round trip may take longer than the proxy's delay; it is measured again then. One that stays busy is not waited for.
 */
async function measured(runners: readonly Runner[]): Promise<void> {
  const caller = await connectControl(homePaths(home('caller')).socket)
  assert.ok(caller)
  const until = performance.now() + MEASURED_MAX_MS
  try {
    while (performance.now() < until) {
      const links = await caller.peers()
      const [nearest = NaN, ...others] = runners.map(
        ({ peer }) => links.find((link) => link.peer === peer.status.peer)?.rttMs ?? NaN,
      )
      if (others.every((ms) => nearest < ms / 2)) return
      await pause(50)
    }
  } finally {
    caller.close()
  }
}

async function call(): Promise<Answer> {
  const answer = await fnJson<Answer>(['invoke', 'dev/markdown', '--data', MARKDOWN], { home: home('caller') })
  assert.equal(answer.status, 200)
  assert.match(answer.body, /<h1[^>]*>Near<\/h1>/)
  assert.match(answer.body, /<em>you<\/em>/)
  return answer
}

function distanceOf({ peer }: Answer, runners: Runner[]): number | undefined {
  return runners.find((runner) => runner.peer.status.peer === peer)?.ms
}

/** On a machine that is busy just then, a round trip takes longer than the proxy makes it: then who seemed nearest may answer. */
function assertNearest(answer: Answer, runners: Runner[]): void {
  const [nearest] = runners
  assert.ok(nearest)
  if (answer.peer === nearest.peer.status.peer) return
  const seenMs = (peer: string): number =>
    answer.route.candidates.find((candidate) => candidate.peer === peer)?.predicted.networkMs ?? NaN
  const [nearestMs, answeredMs] = [seenMs(nearest.peer.status.peer), seenMs(answer.peer)]
  assert.ok(nearestMs >= answeredMs / 2, 'the nearest runner answered')
  tell(
    'busy',
    `the one at ${nearest.ms} ms seemed ${nearestMs.toFixed(1)} ms away just then, this one ${answeredMs.toFixed(1)}`,
  )
}

function show(answer: Answer, runners: Runner[]): void {
  const { phases, rttMs, attempts, status } = answer
  const ms = (value: number): string => `${value.toFixed(1)} ms`
  tell('answer', `${status}, ${answer.body.length} characters of HTML`)
  tell(
    'ran on',
    `…${answer.peer.slice(-8)}, the one at ${distanceOf(answer, runners)} ms (measured: ${ms(rttMs ?? 0)} away)`,
  )
  if (attempts.length > 1)
    tell('attempts', attempts.map(({ peer, outcome }) => `…${peer.slice(-8)}: ${outcome}`).join(', '))
  tell(
    'time',
    `${ms(phases.totalMs)}: resolve ${ms(phases.resolveMs)}, route ${ms(phases.routeMs)}, network ${ms(phases.networkMs)}, ` +
      `fetch ${ms(phases.fetchMs)}, queue ${ms(phases.queueMs)}, start ${ms(phases.startMs)}, run ${ms(phases.runMs)}`,
  )
}

function say(text: string): void {
  console.log(`\n${text}`)
}

function tell(label: string, text: string): void {
  console.log(`  ${label.padEnd(9)} ${text}`)
}
