import type { ErrorCode, Placement, Random } from '@hither/core'
import { beforeEach, describe, expect, test } from 'vitest'
import { CID_A, CID_B, idle, meet, metrics, query, seeded } from './fixtures.ts'

/** What any placement must keep to, however it weighs what it knows. */
export function placementContract(name: string, make: (components: { random: Random }) => Placement): void {
  describe(`${name} as a placement`, () => {
    let placement: Placement
    beforeEach(() => {
      placement = make({ random: seeded(1) })
    })
    const why = (peer: string): string | undefined =>
      placement.route(query(), 1).skipped.find((one) => one.peer === peer)?.why

    test('chooses nobody where nobody is known', () => {
      expect(placement.route(query(), 0)).toEqual({ candidates: [], skipped: [] })
    })

    test('chooses the only runner, and lists it as a candidate', () => {
      meet(placement, 'one', 5)
      const { choice, candidates, skipped } = placement.route(query(), 1)
      expect(choice).toBe('one')
      expect(candidates.map(({ peer }) => peer)).toEqual(['one'])
      expect(skipped).toEqual([])
    })

    test('knows whether one alone takes work', () => {
      expect(placement.isAlone('one')).toBe(false)
      meet(placement, 'one', 5)
      expect(placement.isAlone('one')).toBe(true)
      meet(placement, 'resting', 5, 0, idle({ accepting: false }))
      expect(placement.isAlone('one')).toBe(true)
      meet(placement, 'two', 5)
      expect(placement.isAlone('one')).toBe(false)
    })

    test('adds up the parts of a prediction', () => {
      meet(placement, 'one', 5, 0, idle({ busy: 4, priceMs: 3 }))
      const [candidate] = placement.route(query(), 1).candidates
      expect.assert(candidate !== undefined)
      const { totalMs, ...parts } = candidate.predicted
      expect(Object.values(parts).reduce((sum, ms) => sum + ms)).toBeCloseTo(totalMs, 9)
    })

    test('never chooses who was tried in this call', () => {
      meet(placement, 'one', 5)
      const { choice, skipped } = placement.route(query({ tried: new Set(['one']) }), 1)
      expect(choice).toBeUndefined()
      expect(skipped.map(({ peer }) => peer)).toEqual(['one'])
    })

    test('chooses whom the caller prefers while it can take the call, however far, and else the best', () => {
      meet(placement, 'near', 5)
      meet(placement, 'far', 300)
      const prefer = { prefer: ['unknown', 'far'] }
      expect(placement.route(query(prefer), 1).choice).toBe('far')
      expect(placement.route(query({ ...prefer, tried: new Set(['far']) }), 1).choice).toBe('near')
      placement.observe({ type: 'state', peer: 'far', state: idle({ accepting: false }) }, 1)
      expect(placement.route(query(prefer), 1).choice).toBe('near')
    })

    test('never chooses whom the caller avoids, even where nobody else is left', () => {
      meet(placement, 'near', 5)
      meet(placement, 'far', 300)
      expect(placement.route(query({ avoid: ['near'] }), 1).choice).toBe('far')
      const { choice, skipped } = placement.route(query({ avoid: ['near', 'far'], prefer: ['near'] }), 1)
      expect(choice).toBeUndefined()
      expect(skipped.map(({ peer }) => peer).toSorted()).toEqual(['far', 'near'])
    })

    test('never chooses who is down, and takes it back when it is up and offers again', () => {
      meet(placement, 'one', 5)
      placement.observe({ type: 'down', peer: 'one' }, 0)
      expect(placement.route(query(), 1).choice).toBeUndefined()
      expect(why('one')).toMatch(/down/)
      meet(placement, 'one', 5)
      expect(placement.route(query(), 1).choice).toBe('one')
    })

    test('never chooses who takes no work now', () => {
      meet(placement, 'one', 5, 0, idle({ accepting: false }))
      expect(placement.route(query(), 1).choice).toBeUndefined()
      expect(why('one')).toMatch(/no work/)
    })

    test('never chooses a peer that has not offered to run anything', () => {
      placement.observe({ type: 'up', peer: 'phone' }, 0)
      placement.observe({ type: 'rtt', peer: 'phone', ms: 1 }, 0)
      expect(placement.route(query(), 1).choice).toBeUndefined()
      expect(why('phone')).toMatch(/no runner/)
    })

    test('never chooses a jail that does not grant what the function needs', () => {
      meet(placement, 'plain', 1)
      meet(placement, 'granting', 50, 0, idle({ grants: ['wasm'] }))
      const route = placement.route(query({ needs: ['wasm'] }), 1)
      expect(route.choice).toBe('granting')
      expect(route.skipped[0]?.why).toMatch(/wasm/)
    })

    test('never chooses a jail weaker than the caller wants', () => {
      meet(placement, 'weak', 1)
      meet(placement, 'hard', 50, 0, idle({ tier: 'filtered' }))
      const route = placement.route(query({ require: [{ tier: 'namespaces' }] }), 1)
      expect(route.choice).toBe('hard')
      expect(route.skipped[0]).toMatchObject({ peer: 'weak', why: expect.stringContaining('"process"') as string })
      expect(
        placement.route(query({ require: [{ tier: 'namespaces' }], tried: new Set(['hard']) }), 1).choice,
      ).toBeUndefined()
      expect(placement.route(query(), 1).choice).toBe('weak')
    })

    test('never chooses who lacks a label that the caller asks for, or lends too little memory', () => {
      meet(placement, 'plain', 1, 0, idle({ memoryMb: 64 }))
      meet(placement, 'gpu', 50, 0, idle({ labels: ['gpu', 'shop-7'] }))
      expect(placement.route(query({ require: [{ label: 'gpu' }] }), 1).choice).toBe('gpu')
      expect(placement.route(query({ require: [{ label: 'gpu' }, { label: 'shop-8' }] }), 1).choice).toBeUndefined()
      expect(placement.route(query({ memoryMb: 128 }), 1).choice).toBe('gpu')
      expect(placement.route(query({ memoryMb: 64 }), 1).choice).toBe('plain')
    })

    test('prefers and avoids kinds of runners as it does single ones', () => {
      meet(placement, 'plain', 1, 0, idle())
      meet(placement, 'gpu', 50, 0, idle({ labels: ['gpu'], tier: 'filtered' }))
      expect(placement.route(query({ prefer: [{ label: 'gpu' }] }), 1).choice).toBe('gpu')
      expect(placement.route(query({ prefer: [{ tier: 'namespaces' }] }), 1).choice).toBe('gpu')
      expect(placement.route(query({ avoid: [{ tier: 'namespaces' }] }), 1).choice).toBe('gpu')
      const route = placement.route(query({ avoid: [{ label: 'gpu' }], require: ['gpu'] }), 1)
      expect(route.choice).toBeUndefined()
      expect(route.skipped.map((one) => one.why)).toEqual(
        expect.arrayContaining([expect.stringContaining('label "gpu"'), expect.stringContaining('wants gpu')]),
      )
    })

    test('takes a runner for a publisher’s only where that was proven', () => {
      meet(placement, 'plain', 1)
      meet(placement, 'owned', 50)
      const wanted = query({ require: [{ publisher: 'ann' }] })
      expect(placement.route(wanted, 1)).toMatchObject({
        skipped: [{ peer: 'plain', why: expect.stringContaining('nobody has proven') as string }, {}],
      })
      placement.observe({ type: 'owner', peer: 'owned', publisher: 'ann' }, 2)
      placement.observe({ type: 'owner', peer: 'plain', publisher: 'bob' }, 2)
      expect(placement.route(wanted, 3).choice).toBe('owned')
      expect(placement.route(query({ avoid: [{ publisher: 'bob' }] }), 3).choice).toBe('owned')
    })

    test('says when to ask again where nobody can be chosen now, if time can help', () => {
      meet(placement, 'one', 5, 0, idle({ accepting: false }))
      expect(placement.route(query(), 1).retryAfterMs).toBeGreaterThan(0)
      expect(placement.route(query({ tried: new Set(['one']) }), 1).retryAfterMs).toBeUndefined()
    })

    test('minds when a runner says that asking again may help', () => {
      meet(placement, 'near', 5)
      meet(placement, 'far', 300)
      placement.observe({ type: 'sent', peer: 'near', cid: CID_A }, 0)
      placement.observe({ type: 'refused', peer: 'near', cid: CID_A, code: 'busy', retryAfterMs: 400 }, 0)
      expect(placement.route(query(), 390).choice).toBe('far')
      expect(placement.route(query(), 410).choice).toBe('near')
    })

    test('stops further tries after failures where they become many, but not those of broken links', () => {
      for (const peer of ['a', 'b', 'c']) meet(placement, peer, 5)
      for (let i = 0; i < 40; i++) placement.observe({ type: 'sent', peer: 'a', cid: CID_B, retry: true }, 0)
      const again = { after: 'sandbox-crashed' as const, tried: new Set(['a']) }
      expect(placement.route(query(again), 1)).toMatchObject({ overBudget: true })
      expect(placement.route(query(again), 1).choice).toBeUndefined()
      expect(placement.route(query({ tried: new Set(['a']) }), 1).choice).toBeDefined()
      placement.observe({ type: 'down', peer: 'a' }, 1)
      expect(placement.route(query({ ...again, after: 'link-lost' }), 1).choice).toBeDefined()
    })

    test('learns of a need that is not granted for the function, not against the whole runner', () => {
      meet(placement, 'near', 5)
      meet(placement, 'far', 20)
      placement.observe({ type: 'sent', peer: 'near', cid: CID_A }, 0)
      placement.observe({ type: 'refused', peer: 'near', cid: CID_A, publisher: 'k1', code: 'unsupported' }, 1)
      expect(placement.route(query({ publisher: 'k1' }), 2).choice).toBe('far')
      expect(placement.route(query({ cid: CID_B, publisher: 'k1' }), 2).choice).toBe('near')
    })

    test.each<ErrorCode>(['busy', 'draining', 'not-volunteering', 'not-admitted', 'unknown-function', 'unsupported'])(
      'goes elsewhere right after a refusal (%s)',
      (code) => {
        meet(placement, 'near', 5)
        meet(placement, 'far', 20)
        placement.observe({ type: 'sent', peer: 'near', cid: CID_A }, 0)
        placement.observe({ type: 'refused', peer: 'near', cid: CID_A, publisher: 'k1', code }, 1)
        expect(placement.route(query({ publisher: 'k1' }), 2).choice).toBe('far')
      },
    )

    test('leaves a peer on which a function fails again and again', () => {
      meet(placement, 'near', 5)
      meet(placement, 'far', 200)
      for (let i = 0; i < 10; i++) {
        placement.observe({ type: 'sent', peer: 'near', cid: CID_A }, i)
        placement.observe({ type: 'failed', peer: 'near', cid: CID_A, code: 'sandbox-crashed' }, i)
      }
      expect(placement.route(query(), 10).choice).toBe('far')
    })

    test('sends to the nearest of idle runners that are alike', () => {
      for (const [peer, ms] of [
        ['far', 60],
        ['near', 2],
        ['middle', 20],
      ] as const)
        meet(placement, peer, ms)
      const choices = Array.from({ length: 50 }, () => placement.route(query(), 1).choice)
      expect(new Set(choices)).toEqual(new Set(['near']))
    })

    test('survives ends without a beginning, and words of strangers', () => {
      placement.observe({ type: 'answered', peer: 'x', cid: CID_A, metrics: metrics() }, 0)
      placement.observe({ type: 'refused', peer: 'x', cid: CID_A, code: 'busy' }, 0)
      placement.observe({ type: 'failed', peer: 'x', cid: CID_A, code: 'link-lost' }, 0)
      placement.observe({ type: 'down', peer: 'x' }, 0)
      expect(placement.route(query(), 1).choice).toBeUndefined()
      meet(placement, 'one', 5)
      expect(placement.route(query(), 1).choice).toBe('one')
    })
  })
}
