import { expect, test } from 'vitest'
import { Arrears } from '../../src/host/arrears.ts'
import { UNCHARGED_MS } from '../../src/host/limits.ts'

test('what a call of many short turns took is owed until it says so itself, and not twice', () => {
  const arrears = new Arrears()
  expect(arrears.settle(0, 0)).toBeCloseTo(0)
  expect(arrears.settle(UNCHARGED_MS + 800, 0)).toBe(800)
  arrears.charged(700)
  expect(arrears.settle(UNCHARGED_MS + 800, 0)).toBe(-700)
  expect(arrears.settle(UNCHARGED_MS + 800, 0)).toBeCloseTo(0)
  arrears.charged(5000)
  expect(arrears.settle(UNCHARGED_MS + 800, 0)).toBe(-100)
})

test('what calls say beyond what was counted is no leave to burn as much behind them', () => {
  const arrears = new Arrears()
  arrears.settle(0, 0)
  arrears.charged(Number.MAX_SAFE_INTEGER)
  expect(arrears.settle(1000, 0)).toBeCloseTo(0)
  expect(arrears.settle(1000 + UNCHARGED_MS + 300, 0)).toBe(300)
})
