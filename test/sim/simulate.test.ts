import { expect, test } from 'vitest'
import { readOptions } from '../../bench/sim/options.ts'
import { json } from '../../bench/sim/report/json.ts'
import { readScenario } from '../../bench/sim/scenario.ts'
import { simulate, type Report } from '../../bench/sim/simulate.ts'

/** Small worlds flatter and punish by chance: what is asserted here holds by construction, not by being good. */
function run(text: string): Promise<Report> {
  return simulate(readOptions([...text.split(' '), '--timeless']), () => 0)
}

const SMALL = '--peers 120 --rate 2 --calls 1500'

test('the same seed says the same, another one something else', async () => {
  const [one, same, other] = await Promise.all([
    run(`${SMALL} --seed 7`),
    run(`${SMALL} --seed 7`),
    run(`${SMALL} --seed 8`),
  ])
  expect(same).toEqual(one)
  expect(other).not.toEqual(one)
})

test('programs get a key per policy, and what real clocks say can be left out', async () => {
  const options = readOptions(['--peers', '120', '--rate', '2', '--calls', '500', '--policy', 'hither,nearest'])
  const told = JSON.parse(json(await simulate(options, () => 0))) as Record<string, unknown>
  expect(told).toMatchObject({
    hither: { p50Ms: expect.any(Number), stretchP50: expect.any(Number), refusalsPerCall: expect.any(Number) },
    nearest: { p99Ms: expect.any(Number), lostShare: expect.any(Number), wastedShare: expect.any(Number) },
    controlBytesPerPeerPerSecond: expect.any(Number),
    controlBytesP99Peer: expect.any(Number),
    decisionMicros: 0,
  })
  const timeless = JSON.parse(json(await simulate({ ...options, timeless: true }, () => 0))) as Record<string, unknown>
  expect(timeless).not.toHaveProperty('decisionMicros')
})

test('nobody is better than the oracle that knows each run, in the median', async () => {
  const { policies } = await run(`${SMALL} --churn 0`)
  const oracle = policies.oracle1?.p50Ms ?? 0
  expect(Object.keys(policies)).toHaveLength(7)
  for (const one of Object.values(policies)) {
    expect(one.p50Ms).toBeGreaterThanOrEqual(oracle)
    expect(one.stretchP50).toBeGreaterThanOrEqual(1)
    expect(one.lostShare).toBe(0)
  }
})

test('the tail of a policy is told part by part, and adds up', async () => {
  const { policies } = await run(`${SMALL} --churn 0 --tail --policy hither,oracle1,oracle2`)
  const { fromMs, own, saves } = policies.hither?.tail ?? {}
  const sum = Object.values(own ?? {}).reduce((all, ms) => all + ms, 0)
  expect(sum).toBeGreaterThanOrEqual(fromMs ?? Infinity)
  expect(saves).toBeDefined()
  // An oracle that took what it took itself would save nothing.
  for (const share of Object.values(policies.oracle2?.tail?.saves ?? {})) expect(share).toBeCloseTo(0, 6)
  expect((await run(`${SMALL} --policy hither`)).policies.hither).not.toHaveProperty('tail')
})

test('slots are busy by as much as is asked of them, and by cold work', async () => {
  const { policies } = await run(`--peers 200 --rate 2 --calls 16000 --load 0.5 --policy random --churn 0`)
  // By capacity, so that each machine has its share.
  expect(policies.random?.busyShare).toBeGreaterThan(0.45)
  expect(policies.random?.busyShare).toBeLessThan(0.62)
})

test('ten times as many calls a second are the same network of machines ten times as quick', async () => {
  const [slow, quick] = await Promise.all([
    run(`${SMALL} --policy oracle1`),
    run(`--peers 120 --rate 20 --calls 1500 --policy oracle1`),
  ])
  expect(quick.model.speedScale / slow.model.speedScale).toBeCloseTo(10, 5)
  expect(slow.model.meanRunMs / quick.model.meanRunMs).toBeCloseTo(10, 5)
})

test('runners that leave take calls with them: those that may be repeated are', async () => {
  const { policies } = await run('--peers 200 --rate 2 --calls 16000 --churn 3 --load 0.3 --policy hither,oracle1')
  expect(policies.hither?.lostRepeatableShare).toBeLessThan(0.002)
  expect(policies.hither?.lostShare).toBeGreaterThan(0)
  expect(policies.oracle1?.lostShare).toBe(0)
})

test('what is said beside calls is counted, and does not grow with the peers', async () => {
  const [few, many] = await Promise.all([
    run('--peers 400 --rate 2 --calls 4000 --load 0.3 --policy hither'),
    run('--peers 1600 --rate 2 --calls 16000 --load 0.3 --policy hither'),
  ])
  const [before, after] = [few.controlBytesPerPeerPerSecond ?? 0, many.controlBytesPerPeerPerSecond ?? 0]
  expect(before).toBeGreaterThan(150)
  expect(after / before).toBeLessThan(1.25)
})

test('a scenario sets options, round trips and events', async () => {
  const scenario = await readScenario('bench/sim/scenarios/three-cities.json')
  const options = readOptions(['--peers', '200', '--calls', '2000', '--rate', '2', '--policy', 'hither', '--timeless'])
  const report = await simulate(options, () => 0, {
    ...scenario,
    events: [{ atSeconds: 2, type: 'cityLeaves', city: 2 }],
  })
  expect(report.model.cities).toBe(3)
  expect(report.policies.hither?.calls).toBeGreaterThan(0)
})

test.each([
  ['--peers many', /--peers must be a number/],
  ['--liars honest:0.1', /--liars must be KIND:SHARE/],
  ['--policy best', /--policy must be of/],
  ['--speed 3', /--speed/],
])('%s is refused in words', (text, words) => {
  expect(() => readOptions(text.split(' '))).toThrow(words)
})
