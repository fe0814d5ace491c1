import { describe, expect, test } from 'vitest'
import { place, type Lane, type Place, type Room, type Wish } from '../../src/host/placement.ts'

interface Spot extends Place {
  name: string
}

function spot(name: string, lane: Lane, state: Partial<Spot> & { warm?: string[] } = {}): Spot {
  const { warm = [], ...rest } = state
  return {
    name,
    lane,
    free: true,
    aheadMs: 0,
    uncertain: false,
    full: false,
    settled: true,
    expects: () => false,
    isWarm: (key) => warm.includes(key),
    hasOnly: (key) => warm.length === 1 && warm[0] === key,
    aheadOfMs: () => 0,
    ...rest,
  }
}

const light: Wish = { key: 'f', caller: 'c', weight: 'light', meanMs: 1, waitedMs: 0 }
const unknown: Wish = { key: 'f', caller: 'c', weight: 'unknown', meanMs: 0, waitedMs: 0 }
const heavy: Wish = { key: 'f', caller: 'c', weight: 'heavy', meanMs: 300, waitedMs: 0 }
const room = { cores: 2, burning: 0, lent: 2, mayGrow: () => false }

/** What was chosen, in one word. */
function choose(wish: Wish, places: Spot[], more: Partial<Room> = {}): string {
  const choice = place(wish, places, { ...room, ...more })
  if (choice === 'wait') return 'wait'
  return 'place' in choice ? `${choice.place.name} as ${choice.lane}` : `start ${choice.start}`
}

describe('a light call', () => {
  test('starts the first process', () => expect(choose(light, [])).toBe('start light'))

  test('goes where nothing but its own function is loaded, uncertain as that is', () => {
    const loading = spot('a', 'light', { free: false, uncertain: true, expects: (key) => key === 'f' })
    expect(choose(unknown, [loading])).toBe('a as light')
    expect(choose({ ...unknown, key: 'g' }, [loading])).toBe('wait')
  })

  test('goes where its function is warm', () => {
    expect(choose(light, [spot('a', 'light'), spot('b', 'light', { warm: ['f'] })])).toBe('b as light')
  })

  test('goes behind other light ones', () => {
    expect(choose(light, [spot('a', 'light', { free: false, aheadMs: 2 })])).toBe('a as light')
  })

  test('waits outside, where others can go first, when its caller has sent enough to keep the process busy', () => {
    const behind = (aheadMs: number): string =>
      choose({ ...light, meanMs: 0.2 }, [spot('a', 'light', { free: false, aheadMs, aheadOfMs: () => aheadMs })])
    expect([0, 0.7, 0.9].map(behind)).toEqual(['a as light', 'a as light', 'wait'])
  })

  test('rather loads its function anew than wait behind an uncertain turn', () => {
    const stuck = spot('a', 'light', { free: false, uncertain: true, warm: ['f'] })
    expect(choose(light, [stuck, spot('b', 'light')])).toBe('b as light')
  })

  test('waits a moment where the only light process is uncertain', () => {
    expect(choose(light, [spot('a', 'light', { free: false, uncertain: true })])).toBe('wait')
  })

  test('starts another process where the only one turned out to burn', () => {
    expect(choose(light, [spot('a', 'heavy', { free: false, uncertain: true })])).toBe('start light')
  })

  test('takes back a process that no longer burns', () => {
    expect(choose(light, [spot('a', 'heavy'), spot('b', 'heavy', { warm: ['f'] })])).toBe('b as light')
  })

  test('takes back a process that no longer burns also beside one that has its hands full', () => {
    const places = [spot('a', 'light', { free: false, aheadMs: 40 }), spot('b', 'heavy', { warm: ['f'] })]
    expect(choose({ ...light, waitedMs: 30 }, places)).toBe('b as light')
    expect(choose(light, places)).toBe('wait')
  })

  test('starts no process more each time that a busy machine holds all of them up', () => {
    const places: Spot[] = []
    for (let time = 0; time < 20; time++) {
      for (let call = 0; call < 2; call++) {
        const choice = place({ ...light, waitedMs: 30 }, places, room)
        if (choice === 'wait') continue
        const at = 'place' in choice ? places.indexOf(choice.place) : places.length
        places[at] = spot(`${at}`, 'light', { free: false, aheadMs: 40 })
      }
      for (const [at, { name }] of places.entries()) places[at] = spot(name, 'heavy')
    }
    expect(places.length).toBe(room.lent)
  })

  test('starts another where the light ones had their hands full for a while, up to the cores', () => {
    const full = { free: false, aheadMs: 40 }
    const patient = { ...light, waitedMs: 30 }
    expect(choose(light, [spot('a', 'light', full)])).toBe('wait')
    expect(choose(patient, [spot('a', 'light', full)])).toBe('start light')
    expect(choose(patient, [spot('a', 'light', full), spot('b', 'light', full)])).toBe('wait')
  })

  test('does not start processes without end for functions that all turn out to burn', () => {
    const burns = { free: false, uncertain: true }
    const burning = ['a', 'b', 'c', 'd'].map((name) => spot(name, 'heavy', burns))
    expect(choose(unknown, burning)).toBe('wait')
    expect(choose(unknown, burning.slice(1))).toBe('start light')
  })
})

describe('a light call for a function that would take the place of another', () => {
  const full = spot('a', 'light', { full: true })
  const grows = { mayGrow: () => true }

  test('starts another process, where its cordon may grow', () => {
    expect(choose(light, [full], grows)).toBe('start light')
    expect(choose(light, [full])).toBe('a as light')
  })

  test('takes the place where as many serve the light as there are cores', () => {
    expect(choose(light, [full, spot('b', 'light', { full: true })], grows)).toBe('a as light')
    expect(choose(light, [full], { ...grows, lent: 1 })).toBe('a as light')
  })

  test('starts none where it is warm', () => {
    expect(choose(light, [spot('a', 'light', { full: true, warm: ['f'] })], grows)).toBe('a as light')
  })

  test('goes where there is room, behind others too, and to one that no longer burns before another starts', () => {
    expect(choose(light, [full, spot('b', 'light', { free: false, aheadMs: 2 })], grows)).toBe('b as light')
    expect(choose(light, [full, spot('b', 'heavy')], grows)).toBe('b as light')
    expect(choose(light, [full, spot('b', 'heavy', { full: true })], grows)).toBe('start light')
  })

  test('waits a moment for one that has room', () => {
    const loading = spot('b', 'light', { free: false, uncertain: true })
    expect(choose(light, [full, loading], grows)).toBe('wait')
    expect(choose({ ...light, waitedMs: 30 }, [full, loading], grows)).toBe('a as light')
  })

  test('is loaded once more where another has it, but has its hands full, only now and then', () => {
    const busy = spot('b', 'light', { free: false, aheadMs: 40, warm: ['f'] })
    const patient = { ...light, waitedMs: 30 }
    expect(choose(light, [full, busy])).toBe('wait')
    expect(choose(patient, [full, busy])).toBe('a as light')
    expect(choose(patient, [{ ...full, settled: false }, busy])).toBe('wait')
  })
})

describe('a heavy call', () => {
  test('never goes to a light process with other functions, even where it is warm', () => {
    expect(choose(heavy, [spot('a', 'light', { warm: ['f', 'g'] })])).toBe('start heavy')
  })

  test('stays in a light process that has no other function, once that is free, as far as the cores allow', () => {
    expect(choose(heavy, [spot('a', 'light', { warm: ['f'] })])).toBe('a as heavy')
    expect(choose(heavy, [spot('a', 'light', { warm: ['f'], free: false })])).toBe('start heavy')
    expect(
      choose(heavy, [
        spot('a', 'light', { warm: ['f'] }),
        spot('b', 'heavy', { free: false }),
        spot('c', 'heavy', { free: false }),
      ]),
    ).toBe('wait')
  })

  test('goes to a free heavy process, best where it is warm', () => {
    expect(choose(heavy, [spot('a', 'heavy'), spot('b', 'heavy', { warm: ['f'] })])).toBe('b as heavy')
  })

  test('never goes behind anything', () => {
    const busy = spot('a', 'heavy', { free: false, warm: ['f'] })
    expect(choose(heavy, [busy], { burning: 1 })).toBe('start heavy')
    expect(choose(heavy, [busy, spot('b', 'heavy', { free: false })], { burning: 1 })).toBe('wait')
  })

  test('waits while as many burn as there are cores', () => {
    expect(choose(heavy, [spot('a', 'heavy')], { burning: 2 })).toBe('wait')
  })
})
