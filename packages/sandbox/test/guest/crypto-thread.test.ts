import { createHmac } from 'node:crypto'
import { once } from 'node:events'
import type * as Threads from 'node:worker_threads'
import { Worker, type WorkerOptions } from 'node:worker_threads'
import { expect, onTestFinished, test, vi } from 'vitest'
import { start, type Started } from './start.ts'

/** What the process sleeps on while the thread is at an ask. */
const sleep = vi.hoisted(() => ({ on: undefined as Int32Array | undefined }))

vi.mock('node:worker_threads', async (original) => {
  const threads = await original<typeof Threads>()
  class Spied extends threads.Worker {
    constructor(file: string | URL, options: WorkerOptions = {}) {
      super(file, options)
      sleep.on ??= (options.workerData as { replies?: Int32Array }).replies
    }
  }
  return { ...threads, Worker: Spied }
})

const SIGNS = 100

/** Signs with a key of its own, and lets others in between. */
function signer(secret: string): Started {
  return start(`const params = { name: 'HMAC', hash: 'SHA-256' }
    const secret = new TextEncoder().encode('${secret}')
    const key = await crypto.subtle.importKey('raw', secret, params, false, ['sign'])
    const hex = (buffer) => Array.from(new Uint8Array(buffer), (byte) => byte.toString(16).padStart(2, '0')).join('')
    export default async () => {
      const made = []
      for (let i = 0; i < ${SIGNS}; i++) {
        made.push(hex(await crypto.subtle.sign('HMAC', key, new Uint8Array([i]))))
        await new Promise((go) => setTimeout(go))
      }
      return Response.json(made)
    }`)
}

function signatures(secret: string): string[] {
  const sign = (i: number): string =>
    createHmac('sha256', secret)
      .update(new Uint8Array([i]))
      .digest('hex')
  return Array.from({ length: SIGNS }, (_, i) => sign(i))
}

/** Wakes the process whenever it sleeps, though nothing has happened: as the thread does when it is late to say that it is done. */
async function wakeForNothing(): Promise<void> {
  const waker = new Worker(
    `const { parentPort, workerData } = require('node:worker_threads')
     const never = new Int32Array(new SharedArrayBuffer(4))
     parentPort.postMessage('awake')
     for (;;) {
       Atomics.notify(workerData.on, 0)
       Atomics.wait(never, 0, 0, 0.02)
     }`,
    { eval: true, workerData: sleep },
  )
  onTestFinished(() => waker.terminate().then(() => undefined))
  await once(waker, 'message')
}

test('each function gets what it asked for, whatever wakes the process and whoever goes', async () => {
  const [one, two, gone] = [signer('one'), signer('two'), signer('gone')]
  await wakeForNothing()
  const answers = [one.fetch(), two.fetch()]
  const left = gone.fail()
  gone.guest.dispose()
  expect((await left).why).toBe('its owner disposed it')
  const [first, second] = await Promise.all(answers)
  expect(JSON.parse(first?.text ?? '')).toEqual(signatures('one'))
  expect(JSON.parse(second?.text ?? '')).toEqual(signatures('two'))
})
