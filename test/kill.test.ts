import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { LogEntry, NameLog } from '@hither/peer'
import { expect, test } from 'vitest'
import { testNetwork } from './support/network.ts'

/** Peers that live and die beside each other, and how often each is killed. */
const LANES = 3
const KILLS = 8
const STRIDE = 1000
const DEPLOYER = fileURLToPath(new URL('support/children/deployer.ts', import.meta.url))

test(`a peer that is killed ${LANES * KILLS} times while it deploys keeps every function and name it acknowledged`, async () => {
  const net = await testNetwork()
  const lane = async (name: string): Promise<void> => {
    await mkdir(net.home(name), { recursive: true })
    const said: string[] = []
    for (let kill = 0; kill < KILLS; kill++) {
      said.push(...(await deployAndDie(net.home(name), kill * STRIDE, 1 + (kill % 3))))
    }
    expect(said.length).toBeGreaterThanOrEqual(KILLS)
    // The peer that comes back has them all, in order, and runs the last.
    const peer = await net.up(name, ['--volunteer'])
    const log = await net.json<NameLog>(name, ['log', 'moved', '-n', '1000'])
    const held = log.entries.map(({ sequence, cid }: LogEntry) => `moved ${sequence} ${cid}`)
    const listed = await net.json<{ name: string; sequence: number; cid: string }[]>(name, ['list'])
    held.push(...listed.map((one) => `${one.name} ${one.sequence} ${one.cid}`))
    expect(said.filter((line) => !held.includes(line))).toEqual([])
    for (const line of new Set(said.filter((one) => one.startsWith('moved')))) {
      const [, , cid = ''] = line.split(' ')
      expect(await net.json(name, ['invoke', cid])).toMatchObject({ status: 200, cid, peer: peer.status.peer })
    }
  }
  await Promise.all(Array.from({ length: LANES }, (_, number) => lane(`peer${number}`)))
}, 240_000)

/** Runs a peer until it has acknowledged so many deploys, kills it in the middle of the next, and gives what it said. */
async function deployAndDie(home: string, start: number, count: number): Promise<string[]> {
  const child = spawn(process.execPath, [DEPLOYER, home, String(start)], { stdio: ['ignore', 'pipe', 'inherit'] })
  const exit = once(child, 'exit')
  const lines: string[] = []
  for await (const line of createInterface({ input: child.stdout })) {
    lines.push(line)
    if (lines.length === count) setTimeout(() => child.kill('SIGKILL'), (start / STRIDE) * 2)
  }
  await exit
  expect(lines.length).toBeGreaterThanOrEqual(count)
  return lines
}
