import { expect, test } from 'vitest'
import { hostileJob, inBothProfiles } from './support/jail.ts'
import { NEIGHBOUR, observed, outcome, outcomeOf } from './support/observed.ts'
import { figure } from './support/report.ts'

const CALLS = 1000

/** Forgets rejections in each way there is: at once, from a timer, after the answer, many, and ones that cannot be read. */
const FORGETS = `
const sleep = (ms) => new Promise((ok) => setTimeout(ok, ms))
const WAYS = [
  (id) => { Promise.reject(new Error('forgotten by ' + id)) },
  (id) => { setTimeout(() => { Promise.reject(new Error('forgotten by ' + id)) }, 1) },
  (id, ctx) => { ctx.waitUntil(sleep(2).then(() => { Promise.reject(new Error('forgotten by ' + id)) })) },
  (id) => { for (let i = 0; i < 20; i++) (async () => { throw new Error('forgotten by ' + id) })() },
  (id) => { Promise.reject(new Proxy({}, { get() { throw new Error('forgotten by ' + id) } })) },
  (id) => { Promise.reject({ get message() { return 'forgotten by ' + id }, get stack() { throw id } }) },
]
export default async (request, env, ctx) => {
  const id = Number(new URL(request.url).searchParams.get('id'))
  if (id % 2 === 1) WAYS[id % 3 + (id % 4 === 1 ? 3 : 0)](id, ctx)
  if (id % 3 !== 0) await sleep(id % 4)
  return new Response('answer ' + id)
}`

inBothProfiles((profile) => {
  test('A06: a rejection that one request forgets fails no other', async () => {
    const { runner, logs } = await observed()
    const job = await hostileJob(FORGETS, { profile })
    let next = 0
    const wrong: string[] = []
    const lane = async (): Promise<void> => {
      while (next < CALLS) {
        const id = next++
        const request = { ...job.request, url: `http://hostile.test/?id=${id}` }
        const { text, code } = await outcome(runner, { ...job, request })
        if (text !== `answer ${id}`) wrong.push(`${id}: ${code} ${text}`)
      }
    }
    await Promise.all(Array.from({ length: 16 }, lane))
    expect(wrong).toEqual([])
    expect(logs.some(({ text }) => text.includes('forgotten by'))).toBe(true)
    figure(
      'A06',
      `${profile}: calls interleaved, half of which forget rejections; cross-talk`,
      `${CALLS}, ${wrong.length}`,
    )
  })

  test('A06: one whose reading never ends is ended with its call alone', async () => {
    const { runner } = await observed()
    const loop = `export default () => { Promise.reject({ get message() { for (;;); } }); return new Response('x') }`
    const bomb = await outcomeOf(runner, loop, { profile, cordon: 'bomb', limits: { cpuMs: 200, wallMs: 2000 } })
    // The answer was made before: either it or the limit is right, and a hang is not.
    expect(['', 'limit-cpu', 'timeout', 'sandbox-crashed']).toContain(bomb.code)
    expect((await outcomeOf(runner, NEIGHBOUR, { profile, cordon: 'bomb' })).text).toMatch(/^well/)
    figure('A06', `${profile}: a rejection whose message loops ends as`, bomb.code === '' ? 'answered' : bomb.code)
  })
})
