/**
 * Decides where calls go: what was observed of peers in, a route out. Pure: no I/O, no clock, no randomness of its own, so
 * that a simulator runs the very code that ships.
 *
 * Near means near in time. A route is the least predicted time until the answer, by chance only among near-equals, and it
 * says why everybody else was left out. Where all who could run the call are full, were busy a moment ago or failed of
 * late, the least hindered is chosen all the same; it then stands in `candidates` and, with its reason, in `skipped`.
 *
 * @example
 * const placement = router()({ random: Math.random })
 * placement.observe({ type: 'up', peer }, now)
 * placement.observe({ type: 'rtt', peer, ms: 2 }, now)
 * placement.observe({ type: 'state', peer, state }, now)
 * const { choice, candidates, skipped } = placement.route({ cid, needs: [], tried: new Set() }, now)
 *
 * @packageDocumentation
 */
export { router, type RouterComponents, type RouterInit } from './router.ts'
export { price, type Load, type Price } from './price.ts'
export { phasesPredicted, phasesSeen, scores, type Phase, type Phases, type Score, type Scores } from './scores.ts'
