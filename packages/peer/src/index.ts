/**
 * A peer's life: it deploys, resolves, calls and serves. It joins `store`, `net` and `router`; the bundler and the runner are
 * handed to it from above, so that whoever only calls carries neither.
 *
 * Start reading at `call.ts` (the life of a call) and `deploy.ts` (the life of a deploy).
 *
 * @packageDocumentation
 */
export type * from './api.ts'
export type * from './names-api.ts'
export type * from './secrets/api.ts'
export type { Settings } from './volunteer/settings.ts'
export type * from './volunteer/status.ts'
export type * from './trust-api.ts'
export { connectControl, type ControlClient } from './control/client.ts'
export { serveControl, type ControlServer } from './control/server.ts'
export { readConfig, DEFAULT_CONFIG, type Config } from './home/config.ts'
export { settingsOf } from './home/config.ts'
export { homePaths, type Home } from './home/paths.ts'
export type { Drained } from './in-hand.ts'
export type { PeerComponents, PeerInit } from './init.ts'
export {
  createNetwork,
  homeNetwork,
  invitationTo,
  joinNetwork,
  leaveNetwork,
  type JoinedNetwork,
  type ShownNetwork,
} from './networks.ts'
export { minutes, type MinutesInit } from './minutes.ts'
export { withStack } from './stacks/explain.ts'
export { withSources } from './stacks/places.ts'
export { placesBy } from './stacks/source-map.ts'
export { systemTimers, type Timers } from './timers.ts'
export { openPeer, type Peer } from './peer.ts'
