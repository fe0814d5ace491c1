import { describe, expect, test } from 'vitest'
import { STRANGER_CAPS } from '../src/limits/owners.ts'
import type { CallCaps, Rule, Rules, RunCaps } from '../src/rules/rules.ts'
import { mayCall, mayRun, type Standing } from '../src/rules/verdict.ts'

const self = { publisher: 'own', peer: 'self' }

function standing(
  { run = {}, call = {} }: { run?: Record<string, Rule<RunCaps>>; call?: Record<string, Rule<CallCaps>> },
  network?: string,
): Standing {
  const rules: Rules = { run: new Map(Object.entries(run)), call: new Map(Object.entries(call)) }
  return { rules, self, ...(network !== undefined && { network }) }
}

describe('whose code runs', () => {
  test('nobody’s but one’s own where nothing is said', () => {
    const on = standing({})
    expect(mayRun(on, 'own')).toEqual({
      admitted: true,
      by: 'own',
      profile: 'trusted',
      share: { group: 'own', weight: 1 },
    })
    expect(mayRun(on, 'ann')).toEqual({ admitted: false, by: undefined })
    expect(mayRun(on, undefined)).toEqual({ admitted: false, by: undefined })
  })

  test('the most particular rule holds, alone', () => {
    const run = { ann: { calls: 2 }, 'network:aaaabbbbccccdddd': { weight: 5 }, anyone: {}, eve: 'deny' as const }
    const at = (who: string | undefined, network?: string): unknown => mayRun(standing({ run }, network), who)
    expect(at('ann', 'aaaabbbbccccdddd')).toMatchObject({ by: 'ann', share: { group: 'ann', weight: 1, calls: 2 } })
    expect(at('bob', 'aaaabbbbccccdddd')).toMatchObject({
      by: 'network:aaaabbbbccccdddd',
      share: { weight: 5, ...STRANGER_CAPS },
    })
    expect(at('bob', 'office')).toMatchObject({ by: 'anyone', share: { weight: 1 } })
    expect(at(undefined)).toMatchObject({ by: 'anyone' })
    expect(at('eve', 'aaaabbbbccccdddd')).toEqual({ admitted: false, by: 'eve' })
  })

  test('a network’s rule is nothing outside of it', () => {
    expect(mayRun(standing({ run: { 'network:aaaabbbbccccdddd': {} } }), 'bob')).toEqual({
      admitted: false,
      by: undefined,
    })
  })

  test('strangers get the harder jail, one weight together and caps, unless something else is said', () => {
    const strangers = standing({ run: { anyone: { calls: 3, profile: 'trusted' } } })
    expect(mayRun(strangers, 'bob')).toMatchObject({
      profile: 'trusted',
      share: { group: 'anyone', ...STRANGER_CAPS, calls: 3 },
    })
    expect(mayRun(standing({ run: { anyone: {} } }), 'bob')).toMatchObject({ profile: 'strangers' })
    expect(mayRun(standing({ run: { bob: { profile: 'strangers' } } }), 'bob')).toMatchObject({
      profile: 'strangers',
      share: { group: 'bob', weight: 1 },
    })
  })

  test('one can bound one’s own code, and it stays one’s own', () => {
    expect(mayRun(standing({ run: { own: { calls: 1 }, anyone: 'deny' } }), 'own')).toMatchObject({
      share: { calls: 1 },
    })
  })
})

describe('who may call', () => {
  test('everybody where nothing is said, and always oneself', () => {
    expect(mayCall(standing({}), 'p')).toEqual({ admitted: true, by: undefined })
    expect(mayCall(standing({ call: { anyone: 'deny', self: 'deny' } }), 'self')).toEqual({
      admitted: true,
      by: undefined,
    })
  })

  test('the most particular rule holds, alone', () => {
    const on = standing(
      { call: { p: {}, q: 'deny', 'network:aaaabbbbccccdddd': { calls: 2 }, anyone: 'deny' } },
      'aaaabbbbccccdddd',
    )
    expect(mayCall(on, 'p')).toEqual({ admitted: true, by: 'p' })
    expect(mayCall(on, 'q')).toEqual({ admitted: false, by: 'q' })
    expect(mayCall(on, 'r')).toEqual({ admitted: true, by: 'network:aaaabbbbccccdddd', calls: 2 })
    expect(mayCall({ rules: on.rules, self }, 'r')).toEqual({ admitted: false, by: 'anyone' })
  })
})
