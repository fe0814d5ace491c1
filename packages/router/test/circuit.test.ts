import { expect, test } from 'vitest'
import { circuitState, recordFailure, type Circuit } from '../src/circuit.ts'
import { CIRCUIT_FAILURES, CIRCUIT_FIRST_MS, CIRCUIT_MAX_MS } from '../src/limits/faults.ts'

function failed(times: number, now = 0): Circuit | undefined {
  let circuit: Circuit | undefined
  for (let i = 0; i < times; i++) circuit = recordFailure(circuit, now)
  return circuit
}

test('it stays closed below the number of failures, and opens at it', () => {
  expect(circuitState(undefined, 0, 0)).toBe('closed')
  expect(circuitState(failed(CIRCUIT_FAILURES - 1), 0, 0)).toBe('closed')
  expect(circuitState(failed(CIRCUIT_FAILURES), 0, 0)).toBe('open')
})

test('past the pause one call may pass as a probe, and no second beside it', () => {
  const circuit = failed(CIRCUIT_FAILURES)
  expect(circuitState(circuit, 0, CIRCUIT_FIRST_MS - 1)).toBe('open')
  expect(circuitState(circuit, 0, CIRCUIT_FIRST_MS)).toBe('closed')
  expect(circuitState(circuit, 1, CIRCUIT_FIRST_MS)).toBe('probing')
})

test('each failed probe doubles the pause, up to a bound', () => {
  let circuit = failed(CIRCUIT_FAILURES)
  const pauses: number[] = []
  for (let i = 0, now = 0; i < 10; i++) {
    pauses.push((circuit?.openUntil ?? 0) - now)
    now = circuit?.openUntil ?? 0
    circuit = recordFailure(circuit, now)
  }
  expect(pauses.slice(0, 3)).toEqual([CIRCUIT_FIRST_MS, 2 * CIRCUIT_FIRST_MS, 4 * CIRCUIT_FIRST_MS])
  expect(pauses.at(-1)).toBe(CIRCUIT_MAX_MS)
})

test('calls that were under way when it opened do not lengthen the pause', () => {
  expect(failed(CIRCUIT_FAILURES + 20)?.openUntil).toBe(CIRCUIT_FIRST_MS)
})
